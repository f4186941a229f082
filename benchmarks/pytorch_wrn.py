"""PyTorch's side of benchmarks/engines.mjs: the same networks, batch and loss, eager, channels-last, two threads.

Speaks the protocol of benchmarks/worker.mjs on stdin and stdout.
"""

import json
import math
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

CASES = {
    "WRN-B4-ECA": {"widths": (56, 116, 232), "size": 90, "batch": 16},
    "WRN-B0-ECA": {"widths": (32, 64, 128), "size": 60, "batch": 16},
}


class Eca(nn.Module):
    def __init__(self, channels):
        super().__init__()
        t = int(abs((math.log2(channels) + 1) / 2))
        k = t if t % 2 else t + 1
        self.conv = nn.Conv1d(1, 1, k, padding=k // 2)

    def forward(self, x):
        gate = torch.sigmoid(self.conv(x.mean((2, 3)).unsqueeze(1)))
        return x * gate.transpose(1, 2).unsqueeze(-1)


def norm_relu(channels):
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(inplace=True))


class Expand(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(inputs, width, 3, stride, 1, bias=False),
            norm_relu(width),
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            Eca(width),
        )
        self.skip = nn.Conv2d(inputs, width, 1, stride, bias=False)

    def forward(self, x):
        return self.branch(x) + self.skip(x)


def network(widths):
    layers = [nn.Conv2d(10, 16, 3, 1, 1, bias=False), norm_relu(16)]
    channels = 16
    for width, stride in zip(widths, (1, 2, 2)):
        layers += [Expand(channels, width, stride), norm_relu(width)]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 19))


class Subject:
    def __init__(self, widths, size, batch):
        self.model = network(widths).to(memory_format=torch.channels_last)
        self.images = torch.randn(batch, 10, size, size).to(memory_format=torch.channels_last)
        self.labels = (torch.rand(batch, 19) > 0.85).float()
        self.optimizer = torch.optim.Adam(self.model.parameters(), 1e-3)
        self.parameters = sum(p.numel() for p in self.model.parameters())

    def train(self):
        self.model.train()
        self.optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(self.model(self.images), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def predict(self):
        self.model.eval()
        with torch.inference_mode():
            return torch.sigmoid(self.model(self.images)).numpy()


def answer(value):
    print(json.dumps(value), flush=True)


torch.set_num_threads(int(os.environ.get("LULC_BENCHMARK_THREADS", "2")))
answer({"name": "pytorch", "version": f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads"})
subjects = {}
for line in sys.stdin:
    task = json.loads(line)
    if task["case"] not in subjects:
        subjects[task["case"]] = Subject(**CASES[task["case"]])
        subjects[task["case"]].train()
        subjects[task["case"]].predict()
    subject = subjects[task["case"]]
    ms = []
    for _ in range(task["steps"]):
        start = time.perf_counter()
        getattr(subject, task["mode"])()
        ms.append((time.perf_counter() - start) * 1000)
    answer({"ms": ms, "parameters": subject.parameters})
