"""A contestant of `lulc bench` in PyTorch: the same networks, data and work as this library's, in a process of its own.

Its one argument is the task as JSON (src/bench/protocol.ts). It answers with JSON lines: first that it is ready, then for
every number on standard input with the milliseconds of as many steps.
"""

import contextlib
import json
import math
import signal
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Eca(nn.Module):
    """Efficient channel attention."""

    def __init__(self, channels):
        super().__init__()
        t = int(abs((math.log2(channels) + 1) / 2))
        k = t if t % 2 else t + 1
        self.conv = nn.Conv1d(1, 1, k, padding=k // 2)

    def forward(self, x):
        gate = torch.sigmoid(self.conv(x.mean((2, 3)).unsqueeze(1)))
        return x * gate.transpose(1, 2).unsqueeze(-1)


class Sum(nn.Module):
    """The sum of a branch and a shortcut."""

    def __init__(self, branch, shortcut):
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)


def conv(inputs, width, kernel, stride=1, bias=False):
    return nn.Conv2d(inputs, width, kernel, stride, kernel // 2, bias=bias)


def norm_relu(channels, **options):
    return nn.Sequential(nn.BatchNorm2d(channels, **options), nn.ReLU(inplace=True))


def head(channels, classes):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


def wide_resnet(bands, classes, widths, blocks):
    """Scaled wide residual network with efficient channel attention."""

    def expand(inputs, width, stride):
        branch = (conv(inputs, width, 3, stride), norm_relu(width), conv(width, width, 3), Eca(width))
        return Sum(nn.Sequential(*branch), conv(inputs, width, 1, stride))

    def identity(width):
        first = (norm_relu(width), conv(width, width, 3), nn.Dropout(0.1))
        second = (norm_relu(width), conv(width, width, 3), Eca(width))
        return Sum(nn.Sequential(*first, *second), nn.Identity())

    layers = [conv(bands, 16, 3), norm_relu(16)]
    channels = 16
    for width, stride in zip(widths, (1, 2, 2)):
        layers += [expand(channels, width, stride), *(identity(width) for _ in range(blocks - 1)), norm_relu(width)]
        channels = width
    return nn.Sequential(*layers, head(channels, classes))


def resnet(bands, classes, block, blocks):
    """Residual network of the benchmark: convolutions with bias, the stride in the first one of a block."""
    options = {"eps": 1.001e-5, "momentum": 0.01}

    def conv_norm(inputs, width, kernel, stride=1):
        return (conv(inputs, width, kernel, stride, bias=True), nn.BatchNorm2d(width, **options))

    def residual(inputs, width, stride):
        channels = 4 * width if block == "bottleneck" else width
        if block == "bottleneck":
            branch = (
                *(*conv_norm(inputs, width, 1, stride), nn.ReLU(inplace=True)),
                *(*conv_norm(width, width, 3), nn.ReLU(inplace=True)),
                *conv_norm(width, channels, 1),
            )
        else:
            branch = (*conv_norm(inputs, width, 3, stride), nn.ReLU(inplace=True), *conv_norm(width, width, 3))
        changes = stride > 1 or inputs != channels
        shortcut = nn.Sequential(*conv_norm(inputs, channels, 1, stride)) if changes else nn.Identity()
        return channels, nn.Sequential(Sum(nn.Sequential(*branch), shortcut), nn.ReLU(inplace=True))

    layers = [*conv_norm(bands, 64, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for index, count in enumerate(blocks):
        for position in range(count):
            channels, layer = residual(channels, 64 * 2**index, 2 if index > 0 and position == 0 else 1)
            layers.append(layer)
    return nn.Sequential(*layers, head(channels, classes))


class Unet(nn.Module):
    """Plain U-Net with padding and batch norm."""

    def __init__(self, bands, classes, widths):
        super().__init__()

        def units(inputs, width):
            return nn.Sequential(conv(inputs, width, 3), norm_relu(width), conv(width, width, 3), norm_relu(width))

        self.down = nn.ModuleList(units(i, w) for i, w in zip((bands, *widths), widths))
        self.up = nn.ModuleList(nn.ConvTranspose2d(i, w, 2, 2) for w, i in zip(widths, widths[1:]))
        self.join = nn.ModuleList(units(2 * w, w) for w in widths[:-1])
        self.head = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x):
        maps = []
        for index, units in enumerate(self.down):
            x = units(x if index == 0 else F.max_pool2d(x, 2))
            maps.append(x)
        for index in reversed(range(len(self.up))):
            x = self.join[index](torch.cat((self.up[index](x), maps[index]), 1))
        return self.head(x)


FAMILIES = {"wrn-eca": wide_resnet, "resnet": resnet, "unet": Unet}


class Setting:
    """A network with its data."""

    def __init__(self, task):
        torch.manual_seed(1)
        description = dict(task["description"])
        bands, classes, size, batch = (task[key] for key in ("bands", "classes", "size", "batch"))
        build = FAMILIES[description.pop("family")]
        self.scenes = task["labels"] == "scenes"
        self.device = task["device"]
        self.model = build(bands, classes, **description).to(self.device, memory_format=torch.channels_last)
        images = torch.randn(batch, bands, size, size)
        shape = (batch, classes) if self.scenes else (batch, classes, size, size)
        self.images = images.to(self.device, memory_format=torch.channels_last)
        self.labels = (torch.rand(shape) > 0.85).float().to(self.device)
        self.parameters = sum(p.numel() for p in self.model.parameters())

    def training(self, model=None, fused=None):
        """Steps of Adam on binary cross-entropy from logits."""
        model = self.model if model is None else model
        optimizer = torch.optim.Adam(self.model.parameters(), 1e-3, (0.9, 0.999), 1e-7, fused=fused)
        self.model.train()

        def step():
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(model(self.images), self.labels)
            loss.backward()
            optimizer.step()
            return loss.item()

        return step

    def inference(self, model=None):
        """Batches of predictions that have arrived in NumPy."""
        model = self.model if model is None else model
        self.model.eval()

        def step():
            with torch.inference_mode():
                output = model(self.images)
                return (torch.sigmoid(output) if self.scenes else output).cpu().numpy()

        return step

    def frozen(self):
        """The network traced, frozen and optimised for inference by TorchScript."""
        self.model.eval()
        with torch.inference_mode():
            traced = torch.jit.freeze(torch.jit.trace(self.model, self.images))
            return self.inference(torch.jit.optimize_for_inference(traced))

    def compiled(self, work, **options):
        """The network compiled by torch.compile."""
        return getattr(self, work)(torch.compile(self.model, **options))


def ways(setting, work):
    """The ways to do some work fast: name and what makes the step."""
    if work == "training":
        yield "eager, fused Adam", lambda: setting.training(fused=True)
        yield "torch.compile", lambda: setting.compiled("training")
    else:
        yield "eager", setting.inference
        yield "TorchScript, optimize_for_inference", setting.frozen
        freezing = {} if setting.device == "cuda" else {"options": {"freezing": True}}
        yield "torch.compile", lambda: setting.compiled("inference", **freezing)
    if setting.device == "cuda":
        yield "torch.compile reduce-overhead", lambda: setting.compiled(work, mode="reduce-overhead")


class OutOfTime(Exception):
    """Compiling takes longer than it may."""


@contextlib.contextmanager
def within(seconds):
    """Interrupts what takes longer."""

    def interrupt(*_):
        raise OutOfTime(f"not within {seconds} s")

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def timed(step):
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1000


def warm_up(step):
    """Steps until everything has settled; milliseconds of the last."""
    start = time.perf_counter()
    for index in range(50):
        last = timed(step)
        if index >= 2 and time.perf_counter() - start > 1:
            break
    return last


def fastest(setting, work, seconds):
    """Tries all ways and gives the step of the fastest, with words on all of them."""
    steps, failed = {}, []
    for name, make in ways(setting, work):
        try:
            with within(seconds):
                step = make()
                warm_up(step)
            steps[name] = step
        except Exception as error:  # whatever a compiler throws: the other ways remain
            failed.append(f"{name}: {reason(error)[:120]}")
    times = {name: [] for name in steps}
    for _ in range(5):
        for name, step in steps.items():
            times[name].append(timed(step))
    best = min(times, key=lambda name: min(times[name]))
    tried = [f"{name}: {min(ms):.1f} ms" for name, ms in times.items()] + failed
    return steps[best], f"{best} (tried {'; '.join(tried)})"


def reason(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def answer(value):
    print(json.dumps({"lulcBench": value}, separators=(",", ":")), flush=True)


def main():
    task = json.loads(sys.argv[1])
    torch.set_num_threads(task["threads"])
    setting = Setting(task)
    if task["style"] == "eager":
        step, detail = getattr(setting, task["work"])(), {}
    else:
        step, how = fastest(setting, task["work"], task["compileSeconds"])
        detail = {"detail": how}
    step_ms = warm_up(step)
    place = torch.cuda.get_device_name() if task["device"] == "cuda" else f"{torch.get_num_threads()} threads"
    answer(
        {
            "version": f"PyTorch {torch.__version__}, {place}",
            "device": task["device"],
            "parameters": setting.parameters,
            **detail,
            "stepMs": step_ms,
        }
    )
    for line in sys.stdin:
        answer({"ms": [timed(step) for _ in range(int(line))]})


try:
    main()
except Exception as error:  # the contest goes on without this one, and says why
    answer({"error": reason(error)})
    sys.exit(1)
