#pragma once

// What the processor can do and Swift has no words for.

/// Eight floats; Swift's `SIMD8<Float>`.
typedef float atelier_float8 __attribute__((ext_vector_type(8)));

/// `a · b + c` of every lane, rounded once.
///
/// Swift's own `addingProduct` goes lane by lane, and which lanes the compiler joins again depends on what is around.
static inline atelier_float8 atelier_fused(atelier_float8 a, atelier_float8 b, atelier_float8 c) {
    return __builtin_elementwise_fma(a, b, c);
}

/// `a` within bounds, in every lane; NaN stays NaN.
static inline atelier_float8 atelier_bounded(atelier_float8 a, atelier_float8 low, atelier_float8 high) {
    a = a < low ? low : a;
    return a > high ? high : a;
}

/// Turns eight rows of eight floats into eight columns; strides are in floats.
static inline void atelier_transpose(const float *source, long source_stride, float *target, long target_stride) {
    typedef float unaligned __attribute__((ext_vector_type(8), aligned(4)));
#define ATELIER_ROW(row) *(const unaligned *)(source + (row) * source_stride)
#define ATELIER_PAIR(row) \
    atelier_float8 low##row = __builtin_shufflevector(ATELIER_ROW(row), ATELIER_ROW(row + 1), 0, 8, 1, 9, 4, 12, 5, 13); \
    atelier_float8 high##row = __builtin_shufflevector(ATELIER_ROW(row), ATELIER_ROW(row + 1), 2, 10, 3, 11, 6, 14, 7, 15);
    ATELIER_PAIR(0) ATELIER_PAIR(2) ATELIER_PAIR(4) ATELIER_PAIR(6)
#undef ATELIER_PAIR
#undef ATELIER_ROW
#define ATELIER_FOUR(half, first, second, offset) \
    __builtin_shufflevector(half##first, half##second, offset, offset + 1, 8 + offset, 9 + offset, 4 + offset, 5 + offset, 12 + offset, 13 + offset)
#define ATELIER_COLUMNS(column, half, offset) { \
    atelier_float8 upper = ATELIER_FOUR(half, 0, 2, offset), lower = ATELIER_FOUR(half, 4, 6, offset); \
    *(unaligned *)(target + (column) * target_stride) = \
        __builtin_shufflevector(upper, lower, 0, 1, 2, 3, 8, 9, 10, 11); \
    *(unaligned *)(target + (column + 4) * target_stride) = \
        __builtin_shufflevector(upper, lower, 4, 5, 6, 7, 12, 13, 14, 15); }
    ATELIER_COLUMNS(0, low, 0) ATELIER_COLUMNS(1, low, 2) ATELIER_COLUMNS(2, high, 0) ATELIER_COLUMNS(3, high, 2)
#undef ATELIER_COLUMNS
#undef ATELIER_FOUR
}

/// Says that the cache line at an address will be read soon. A hint: any address will do, even one of no memory.
static inline void atelier_prefetch(const void *address) {
    __builtin_prefetch(address, 0, 3);
}
