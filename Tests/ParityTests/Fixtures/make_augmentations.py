"""Records what kornia 0.5.4 and PyTorch make of pictures under known parameters: every augmentation, `resample`, the
pooled view, and the five published cutout methods as a whole, forward and backward.

usage: make_augmentations.py OUT_DIR [--seed N]

Needs torch, kornia 0.5.4 and safetensors. Everything is computed in double precision and stored in single, but for
colours, which are computed in single: where channels are equal their gradient jumps, and rounding decides. A folder
holds some sets of parameters for one picture; tensors of set k are named `k.…`. Parameters are drawn from the
published ranges. kornia's own classes do the work (their `apply_transform` with injected parameters); `torch.solve`,
which thin plate splines want, left PyTorch and is put back by `torch.linalg.solve`.
"""
import argparse, json, math, os
import torch, torch.nn.functional as F
import kornia.augmentation as K
from safetensors.torch import save_file

arguments = argparse.ArgumentParser()
arguments.add_argument('out')
arguments.add_argument('--seed', type=int, default=1)
arguments = arguments.parse_args()
torch.manual_seed(arguments.seed)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.solve = lambda b, a: (torch.linalg.solve(a, b), a)

SETS = 8


def save(name, about, tensors):
    folder = os.path.join(arguments.out, name)
    os.makedirs(folder, exist_ok=True)
    save_file({k: v.detach().float().contiguous().clone() for k, v in tensors.items()},
              os.path.join(folder, 'expected.safetensors'))
    with open(os.path.join(folder, 'about.json'), 'w') as file:
        json.dump(about, file, indent=1, sort_keys=True)
        file.write('\n')


def picture(n, h, w):
    """Gradients with texture, away from 0 and 1 but for a few saturated pixels; exact in single precision."""
    y, x = torch.linspace(0, 1, h)[:, None].expand(h, w), torch.linspace(0, 1, w).expand(h, w)
    base = torch.stack([torch.stack([x, y, 1 - x * y]).roll(i, 0) for i in range(n)])
    x = (.1 + .55 * base + .3 * torch.rand(n, 3, h, w)).float().double()
    return torch.where(torch.rand(n, 1, h, w) < .05, (torch.rand(n, 3, h, w) < .5).double(), x)


def uniform(low, high, *shape):
    """Numbers that are exact in single precision, so that both sides compute with the same."""
    return (low + (high - low) * torch.rand(*shape)).float().double()


def choose(n, p=.75):
    selected = torch.rand(n) < p
    return selected if selected.any() else torch.ones(n, dtype=torch.bool)


# ---- One augmentation: parameters as stored, and the function that applies them -------------------------------------
def affine(n, s, deg=15, translate=.1, shear=5, padding='zeros'):
    p = dict(degrees=uniform(-deg, deg, n), shift=torch.stack(
        [torch.zeros(n), uniform(-translate * s, translate * s, n)], 1), shear=uniform(-shear, shear, n))
    aug = K.RandomAffine(deg, p=1., padding_mode=padding)

    def run(x):
        q = dict(translations=p['shift'], center=torch.full((n, 2), s / 2 - .5), scale=torch.ones(n, 2),
                 angle=p['degrees'], sx=p['shear'], sy=torch.zeros(n))
        return aug.apply_transform(x, q, aug.compute_transformation(x, q))
    return p, run


def perspective(n, s, distortion=.7):
    p = dict(inset=uniform(0, distortion * s / 2, n, 4, 2))
    aug = K.RandomPerspective(distortion, p=1.)
    start = torch.tensor([[0, 0], [s - 1, 0], [s - 1, s - 1], [0, s - 1]]).double().repeat(n, 1, 1)
    sign = torch.tensor([[1, 1], [-1, 1], [-1, -1], [1, -1]]).double()

    def run(x):
        q = dict(start_points=start, end_points=start + p['inset'] * sign)
        return aug.apply_transform(x, q, aug.compute_transformation(x, q))
    return p, run


def rotation(n, s):
    p = dict(degrees=uniform(-15, 15, n))
    aug = K.RandomRotation(15., p=1.)
    return p, lambda x: aug.apply_transform(x, p, aug.compute_transformation(x, p))


def flip(n, s):
    aug = K.RandomHorizontalFlip(p=1.)
    q = {}
    return {}, lambda x: aug.apply_transform(x, q, aug.compute_transformation(x, q))


def jitter(n, s, b=.1, c=.1, sat=.1, h=.1):
    factors = torch.stack([uniform(1 - r, 1 + r, n) for r in (b, c, sat)] + [uniform(-h, h, n)], 1)
    p = dict(order=torch.randperm(4).double(), factors=factors)
    aug = K.ColorJitter(p=1.)
    b, c, sat, h = factors.float().unbind(1)
    q = dict(brightness_factor=b, contrast_factor=c, saturation_factor=sat, hue_factor=h, order=p['order'].long())
    return p, lambda x: aug.apply_transform(x.float(), q).double()


def sharpness(n, s):
    p = dict(factor=uniform(0, .3, n))
    aug = K.RandomSharpness(.3, p=1.)
    return p, lambda x: aug.apply_transform(x, dict(sharpness_factor=p['factor']))


def sharpening(n, s):
    """Factors above 1, which kornia clamps; not drawn by the published settings."""
    p = dict(factor=uniform(1, 3, n))
    aug = K.RandomSharpness(.3, p=1.)
    return p, lambda x: aug.apply_transform(x, dict(sharpness_factor=p['factor']))


def noise(n, s):
    p = dict(noise=torch.randn(n, 3, s, s).float().double())
    aug = K.RandomGaussianNoise(0., 1., p=1.)
    return p, lambda x: aug.apply_transform(x, p)


def elastic(n, s):
    p = dict(noise=uniform(-1, 1, n, 2, s, s))
    aug = K.RandomElasticTransform(p=1.)
    return p, lambda x: aug.apply_transform(x, p)


def spline(n, s):
    p = dict(moves=uniform(-.8, .8, n, 5, 2))
    aug = K.RandomThinPlateSpline(.8, p=1.)
    src = torch.tensor([[[-1., -1.], [-1., 1.], [1., -1.], [1., -1.], [0., 0.]]]).repeat(n, 1, 1)
    return p, lambda x: aug.apply_transform(x, dict(src=src, dst=src + p['moves']))


def crop(n, s):
    aug = K.RandomCrop((s, s), pad_if_needed=True, padding_mode='reflect', p=1.)
    return {}, lambda x: aug(x)


def erasing(n, s):
    area, shape = uniform(.1, .4, 1).item() * s * s, math.exp(uniform(math.log(.3), -math.log(.3), 1).item())
    h = min(max(round(math.sqrt(area * shape)), 1), s)
    w = min(max(round(math.sqrt(area / shape)), 1), s)
    x, y = (int(torch.randint(s - e + 1, (1,))) for e in (w, h))
    p = dict(rectangle=torch.tensor([x, y, w, h]).double())
    aug = K.RandomErasing(p=1., same_on_batch=True)
    q = dict(xs=torch.full((n,), float(x)), ys=torch.full((n,), float(y)), widths=torch.full((n,), float(w)),
             heights=torch.full((n,), float(h)), values=torch.zeros(n))
    return p, lambda v: aug.apply_transform(v, q)


def resized_crop(n, s):
    parts = []
    for _ in range(n):
        w, h = (int(torch.randint(max(2, s // 3), s, (1,))) for _ in range(2))
        parts.append([int(torch.randint(s - w + 1, (1,))), int(torch.randint(s - h + 1, (1,))), w, h])
    p = dict(parts=torch.tensor(parts).double())
    aug = K.RandomResizedCrop((s, s), scale=(.1, 1), ratio=(.75, 1.333), cropping_mode='resample', p=1.)
    x0, y0 = p['parts'][:, 0], p['parts'][:, 1]
    x1, y1 = x0 + p['parts'][:, 2] - 1, y0 + p['parts'][:, 3] - 1
    src = torch.stack([torch.stack(c, 1) for c in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))], 1)
    dst = torch.tensor([[0, 0], [s - 1, 0], [s - 1, s - 1], [0, s - 1]]).double().repeat(n, 1, 1)
    q = dict(src=src, dst=dst)
    return p, lambda x: aug.apply_transform(x, q, aug.compute_transformation(x, q))


WHOLE_BATCH = (erasing, crop, resized_crop, spline)


def drawn(make, n, s, everything=False):
    """Parameters with the selection, and the function that leaves the other views as they are."""
    p, run = make(n, s)
    selected = torch.ones(n, dtype=torch.bool) if everything or make in WHOLE_BATCH else choose(n)

    def apply(x):
        return torch.where(selected[:, None, None, None], run(x), x)
    return dict(p, selected=selected), apply


def augmentation(folder, name, make, n=2, s=18, method='latest', all_selected=False):
    x, cotangent = picture(n, s, s), torch.randn(n, 3, s, s).float().double()
    tensors = dict(input=x, grad_output=cotangent)
    for k in range(SETS):
        p, apply = drawn(make, n, s, everything=all_selected)
        leaf = x.clone().requires_grad_()
        y = apply(leaf)
        gradient, = torch.autograd.grad(y, leaf, cotangent)
        tensors.update({f'{k}.{key}': value for key, value in p.items()})
        tensors.update({f'{k}.output': y, f'{k}.grad_input': gradient})
    save(folder, dict(kind='augmentation', augmentation=name, method=method, sets=SETS), tensors)


# ---- Views: the scripts' resample, crops, the pooled picture -----------------------------------------------------------
def sinc(x):
    return torch.where(x != 0, torch.sin(math.pi * x) / (math.pi * x), x.new_ones([]))


def lanczos(x, a):
    out = torch.where((-a < x) & (x < a), sinc(x) * sinc(x / a), x.new_zeros([]))
    return out / out.sum()


def ramp(ratio, width):
    n = math.ceil(width / ratio + 1)
    out = torch.empty([n])
    cur = 0
    for i in range(n):
        out[i] = cur
        cur += ratio
    return torch.cat([-out[1:].flip([0]), out])[1:-1]


def resample(x, s):
    n, c, h, w = x.shape
    x = x.view([n * c, 1, h, w])
    if s < h:
        k = lanczos(ramp(s / h, 2), 2)
        pad = (k.shape[0] - 1) // 2
        x = F.conv2d(F.pad(x, (0, 0, pad, pad), 'reflect'), k[None, None, :, None])
    if s < w:
        k = lanczos(ramp(s / w, 2), 2)
        pad = (k.shape[0] - 1) // 2
        x = F.conv2d(F.pad(x, (pad, pad, 0, 0), 'reflect'), k[None, None, None, :])
    return F.interpolate(x.view([n, c, h, w]), (s, s), mode='bicubic', align_corners=True)


def pooled(x, s):
    return (F.adaptive_avg_pool2d(x, (s, s)) + F.adaptive_max_pool2d(x, (s, s))) / 2


class ClampWithGrad(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, low, high):
        ctx.save_for_backward(x)
        ctx.low, ctx.high = low, high
        return x.clamp(low, high)

    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * (g * (x - x.clamp(ctx.low, ctx.high)) >= 0), None, None


def cutouts(folder, method, h, w, s, makes, cuts=4, sets=2, noisy=True, crops=True):
    """`makes` is a list of (name, function); crops are of every size that fits, the least and the largest included."""
    x, cotangent = picture(1, h, w), torch.randn(cuts, 3, s, s).float().double()
    tensors = dict(image=x, grad_views=cotangent)
    for k in range(sets):
        leaf = x.clone().requires_grad_()
        if crops:
            least, most = min(h, w, s), min(h, w)
            sizes = [least, most] + [int(torch.randint(least, most + 1, (1,))) for _ in range(cuts - 2)]
            boxes = [[int(torch.randint(w - e + 1, (1,))), int(torch.randint(h - e + 1, (1,))), e] for e in sizes]
            tensors[f'{k}.crops'] = torch.tensor(boxes).double()
            views = torch.cat([resample(leaf[:, :, y:y + e, a:a + e], s) for a, y, e in boxes])
        else:
            views = pooled(leaf, s).repeat(cuts, 1, 1, 1)
        for place, (_, make) in enumerate(makes):
            p, apply = drawn(make, cuts, s)
            tensors.update({f'{k}.{place}.{key}': value for key, value in p.items()})
            views = apply(views)
        if noisy:
            tensors[f'{k}.noise'] = (uniform(0, .1, cuts)[:, None, None, None] * torch.randn_like(views)).float().double()
            views = views + tensors[f'{k}.noise']
        if method == 'original': views = ClampWithGrad.apply(views, 0, 1)
        gradient, = torch.autograd.grad(views, leaf, cotangent)
        tensors.update({f'{k}.views': views, f'{k}.grad_image': gradient})
    save(folder, dict(kind='cutouts', method=method, augmentations=[name for name, _ in makes], side=s, cutouts=cuts,
                      sets=sets), tensors)


augmentation('augmentation-affine', 'affine', affine)
augmentation('augmentation-affine-border', 'affine', lambda n, s: affine(n, s, 30, .1, 0, 'border'), method='updated')
augmentation('augmentation-perspective', 'perspective', perspective)
augmentation('augmentation-rotation', 'rotation', rotation)
augmentation('augmentation-flip', 'flip', flip, s=9)
augmentation('augmentation-jitter', 'jitter', jitter)
augmentation('augmentation-sharpness', 'sharpness', sharpness)
augmentation('augmentation-sharpening', 'sharpness', sharpening, n=1, all_selected=True)
augmentation('augmentation-noise', 'noise', noise, s=9)
augmentation('augmentation-elastic', 'elastic', elastic, n=1, s=36, all_selected=True)
augmentation('augmentation-spline', 'spline', spline)
augmentation('augmentation-crop', 'crop', crop, s=9)
augmentation('augmentation-erasing', 'erasing', erasing, s=13)
augmentation('augmentation-resized-crop', 'resized_crop', resized_crop)

four = [('affine', affine), ('perspective', perspective), ('jitter', jitter), ('erasing', erasing)]
cutouts('cutouts-original', 'original', 41, 53, 14, [], noisy=False)
cutouts('cutouts-original-small', 'original', 11, 19, 14, [], noisy=False)
cutouts('cutouts-updated', 'updated', 37, 33, 14, [
    ('flip', flip), ('jitter', lambda n, s: jitter(n, s, 0, 0, .01, .01)), ('sharpness', sharpness),
    ('affine', lambda n, s: affine(n, s, 30, .1, 0, 'border')),
    ('perspective', lambda n, s: perspective(n, s, .2))])
cutouts('cutouts-nrupdated', 'nrupdated', 33, 37, 14, [
    ('affine', lambda n, s: affine(n, s, 30)), ('perspective', lambda n, s: perspective(n, s, .5)),
    ('jitter', jitter), ('erasing', erasing), ('sharpness', sharpness), ('resized_crop', resized_crop)])
cutouts('cutouts-updatedpooling', 'updatedpooling', 31, 38, 14, [
    ('affine', lambda n, s: affine(n, s, 15, .1, 0, 'border')), ('perspective', perspective),
    ('jitter', lambda n, s: jitter(n, s, 0, 0, .1, .1)), ('erasing', erasing)], crops=False)
cutouts('cutouts-latest', 'latest', 40, 29, 14, four, crops=False)
cutouts('cutouts-latest-small', 'latest', 9, 12, 14, [], noisy=False, crops=False)
