import TensorCore

extension Operation {
    /// Whether the output is linear in the first input, apart from a bias.
    var isLinear: Bool {
        switch self {
        case .linear, .conv2d, .upsampledConv2d, .upsampleNearest, .adaptiveAveragePool, .gridSample, .separable,
            .slice, .embedSlice,
            .repeatBatch, .sumBatch, .mean:
            true
        default: false
        }
    }

    /// Calls `visit` with the place of an output, the place of an element of the first input, and its coefficient.
    func eachCoefficient(_ inputs: [Reference], output shape: Shape, _ visit: (Int, Int, Double) -> Void) {
        let x = inputs[0].shape
        switch self {
        case .linear:
            let (outputs, width) = (inputs[1].shape[0], inputs[1].shape[1])
            for row in 0..<x.count / width {
                for o in 0..<outputs {
                    for i in 0..<width {
                        visit(row * outputs + o, row * width + i, inputs[1].values[o * width + i])
                    }
                }
            }
        case .conv2d(let geometry): eachTap(geometry, x, inputs[1], output: shape, visit)
        case .upsampledConv2d(let circular):
            // Every pixel of the enlarged picture is one of the picture.
            let enlarged: Shape = [x[0], 2 * x[1], 2 * x[2], x[3]]
            let geometry = Convolution.same3x3.circular(along: circular)
            eachTap(geometry, enlarged, inputs[1], output: shape) { output, input, coefficient in
                let (pixel, c) = (input / x[3], input % x[3])
                let (row, w) = (pixel / enlarged[2], pixel % enlarged[2])
                visit(output, x.place(row / enlarged[1], row % enlarged[1] / 2, w / 2, c), coefficient)
            }
        case .upsampleNearest(let factor):
            eachPixel(shape) { n, h, w, c, place in visit(place, x.place(n, h / factor, w / factor, c), 1) }
        case .adaptiveAveragePool(let height, let width):
            eachWindow(of: x, height: height, width: width) { output, members in
                for member in members { visit(output, member, 1 / Double(members.count)) }
            }
        case .gridSample(let padding): eachSample(padding, x, grid: inputs[1], output: shape, visit)
        case .separable:
            eachPixel(shape) { n, h, w, c, place in
                for i in 0..<x[1] {
                    for j in 0..<x[2] {
                        let factor = inputs[1].values[h * x[1] + i] * inputs[2].values[w * x[2] + j]
                        visit(place, x.place(n, i, j, c), factor)
                    }
                }
            }
        case .slice(let axis, let start, _):
            eachIndex(shape) { index, place in
                var source = index
                source[axis] += start
                visit(place, x.place(source), 1)
            }
        case .embedSlice(let axis, let start, _):
            eachIndex(x) { index, place in
                var target = index
                target[axis] += start
                visit(shape.place(target), place, 1)
            }
        case .repeatBatch: for place in 0..<shape.count { visit(place, place % x.count, 1) }
        case .sumBatch: for place in 0..<x.count { visit(place % shape.count, place, 1) }
        case .mean: for place in 0..<x.count { visit(0, place, 1 / Double(x.count)) }
        default: preconditionFailure("\(self) is not linear")
        }
    }

    private func eachTap(
        _ geometry: Convolution, _ x: Shape, _ weight: Reference, output: Shape, _ visit: (Int, Int, Double) -> Void
    ) {
        let (kernel, inputs) = (geometry.kernel, x[3])
        eachPixel(output) { n, h, w, o, place in
            for v in 0..<kernel {
                for u in 0..<kernel {
                    var row = h * geometry.stride + v - geometry.paddingBefore
                    var column = w * geometry.stride + u - geometry.paddingBefore
                    // Paddings of the cases are no wider than the picture.
                    if geometry.circular.contains(.vertical) { row = (row + x[1]) % x[1] }
                    if geometry.circular.contains(.horizontal) { column = (column + x[2]) % x[2] }
                    guard row >= 0, row < x[1], column >= 0, column < x[2] else { continue }
                    for i in 0..<inputs {
                        visit(
                            place, x.place(n, row, column, i),
                            weight.values[((o * kernel + v) * kernel + u) * inputs + i])
                    }
                }
            }
        }
    }

    private func eachSample(
        _ padding: SamplePadding, _ x: Shape, grid: Reference, output: Shape, _ visit: (Int, Int, Double) -> Void
    ) {
        eachPixel(output) { n, h, w, c, place in
            let point = ((n * output[1] + h) * output[2] + w) * 2
            var (px, py) = (grid.values[point], grid.values[point + 1])
            if padding == .border {
                px = min(max(px, 0), Double(x[2] - 1))
                py = min(max(py, 0), Double(x[1] - 1))
            }
            for row in 0..<x[1] {
                for column in 0..<x[2] {
                    let weight = max(0, 1 - abs(py - Double(row))) * max(0, 1 - abs(px - Double(column)))
                    if weight > 0 { visit(place, x.place(x[0] == 1 ? 0 : n, row, column, c), weight) }
                }
            }
        }
    }
}

/// The members of every window of an adaptive pooling, in row-major order, with the place of its output.
func eachWindow(of x: Shape, height: Int, width: Int, _ visit: (Int, [Int]) -> Void) {
    func window(_ j: Int, _ n: Int, _ s: Int) -> Range<Int> {
        Int((Double(j * n) / Double(s)).rounded(.down))..<Int((Double((j + 1) * n) / Double(s)).rounded(.up))
    }
    eachPixel([x[0], height, width, x[3]]) { n, h, w, c, place in
        let members = window(h, x[1], height).flatMap { row in
            window(w, x[2], width).map { x.place(n, row, $0, c) }
        }
        visit(place, members)
    }
}

/// Every element of a picture with its place.
func eachPixel(_ shape: Shape, _ visit: (Int, Int, Int, Int, Int) -> Void) {
    var place = 0
    for n in 0..<shape[0] {
        for h in 0..<shape[1] {
            for w in 0..<shape[2] {
                for c in 0..<shape[3] {
                    visit(n, h, w, c, place)
                    place += 1
                }
            }
        }
    }
}

/// Every index of a shape with its place.
func eachIndex(_ shape: Shape, _ visit: ([Int], Int) -> Void) {
    for place in 0..<shape.count {
        var rest = place
        let index = shape.dimensions.reversed().map { extent in
            defer { rest /= extent }
            return rest % extent
        }
        visit(index.reversed(), place)
    }
}

extension Shape {
    func place(_ n: Int, _ h: Int, _ w: Int, _ c: Int) -> Int { ((n * self[1] + h) * self[2] + w) * self[3] + c }

    func place(_ index: [Int]) -> Int { zip(index, dimensions).reduce(0) { $0 * $1.1 + $1.0 } }
}
