#pragma once
// OpenBLAS's own header: it declares openblas_set_num_threads and openblas_get_corename beside the BLAS.
#include <cblas-openblas.h>
