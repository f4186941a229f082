"""The products and depthwise convolutions of machine-limits.mjs in PyTorch, to compare with.

    python benchmarks/pytorch_limits.py [threads]
"""

import sys
import time

import torch
from torch.nn import functional as F

torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)


def best(body, repetitions=20):
    least = float("inf")
    for _ in range(repetitions):
        begin = time.perf_counter()
        body()
        least = min(least, time.perf_counter() - begin)
    return least * 1e3


print("| product | GFLOP/s |\n|---|---|")
for rows, inner, columns, left, right in (
    (576, 4000, 64, False, False),
    (576, 64, 768, False, False),
    (1600, 128, 200, False, False),
    (1600, 200, 128, False, True),
    (128, 1600, 200, True, False),
    (16, 2304, 2048, False, False),
    (2048, 2048, 2048, False, False),
):
    a = torch.randn(inner, rows).T if left else torch.randn(rows, inner)
    b = torch.randn(columns, inner).T if right else torch.randn(inner, columns)
    rate = 2 * rows * inner * columns / best(lambda: a @ b) / 1e6
    names = [" (transposed)" if transposed else "" for transposed in (left, right)]
    print(f"| {rows} x {inner}{names[0]} by {inner} x {columns}{names[1]} | {rate:.0f} |")

print("\n| depthwise convolution, batch 16 | forward | input gradient | filter gradient | (GFLOP/s)\n|---|---|---|---|")
for size, channels, window, stride in (
    (60, 32, 3, 1),
    (60, 96, 3, 2),
    (30, 144, 5, 2),
    (15, 240, 5, 1),
    (8, 672, 5, 1),
    (4, 1152, 5, 1),
):
    pad = window // 2
    x = torch.randn(16, channels, size, size).to(memory_format=torch.channels_last)
    filters = torch.randn(channels, 1, window, window)

    def forward():
        return F.conv2d(x, filters, None, stride, pad, 1, channels)

    dy = torch.randn_like(forward())

    def backward(*mask):
        sizes = ([stride] * 2, [pad] * 2, [1, 1], False, [0, 0], channels)
        return torch.ops.aten.convolution_backward(dy, x, filters, None, *sizes, mask)

    flops = 2 * dy.numel() * window * window
    bodies = (forward, lambda: backward(True, False, False), lambda: backward(False, True, False))
    rates = " | ".join(f"{flops / best(body) / 1e6:.0f}" for body in bodies)
    print(f"| {window}x{window}/{stride}, {channels}, {size}x{size} | {rates} |")
