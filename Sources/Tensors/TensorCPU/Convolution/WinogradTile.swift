/// The tiles that a picture is cut into for Winograd's method.
enum WinogradTile: Hashable {
    /// F(4×4, 3×3): `Winograd`.
    case small
    /// F(6×6, 3×3): `LargeWinograd`. Its transformed kernels are 1.8 times as large, so they must serve many pixels.
    case large

    /// Outputs along one axis.
    var outputs: Int { self == .small ? Winograd.outputs : 6 }
    /// Inputs along one axis.
    var inputs: Int { self == .small ? Winograd.inputs : 8 }
    /// Products.
    var positions: Int { inputs * inputs }

    /// Where the mirrored transform finds the kernels of a position: p → -1/p on the list of points.
    func mirrored(_ position: Int) -> Int {
        let order = self == .small ? Winograd.mirror : WinogradTile.largeMirror
        return order[position / inputs] &* inputs &+ order[position % inputs]
    }

    private static let largeMirror = [7, 2, 1, 6, 5, 4, 3, 0]
}

extension ConvolutionExtents {
    /// The tiles that pay.
    var winogradTile: WinogradTile {
        func products(_ tile: WinogradTile) -> Int {
            let side = tile.outputs
            return ((outputHeight + side - 1) / side) * ((outputWidth + side - 1) / side) * tile.positions
        }
        let isWorth =
            outputPixels >= Limits.winogradLargeTilePixels && inputs * outputs <= Limits.winogradLargeTileKernel
            && products(.large) < products(.small)
        return isWorth ? .large : .small
    }
}
