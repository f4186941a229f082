"""A contestant of `lulc bench` in PyTorch: the same networks, data and work as this library's, in a process of its own.

Its one argument is the task as JSON (src/bench/protocol.ts). It answers with JSON lines: first that it is ready, then for
every number on standard input with the milliseconds of as many steps.
"""

import contextlib
import json
import signal
import sys
import time

import torch
from torch.nn import functional as F

from pytorch_networks import TwoViews, build, in_snake_case


class Setting:
    """A network with its data."""

    def __init__(self, task):
        torch.manual_seed(1)
        bands, classes, size, batch = (task[key] for key in ("bands", "classes", "size", "batch"))
        self.kind = task["labels"]
        self.device = task["device"]
        network = build(bands, classes, task["description"])
        if self.kind == "views" and task["work"] == "training":
            network = TwoViews(network, in_snake_case(task["description"]["contrast"]), batch, size)
        self.memory_format = getattr(network, "memory_format", torch.channels_last)
        self.model = network.to(self.device, memory_format=self.memory_format)
        self.images = self.random_images(batch, bands, size)
        if self.kind == "masks":
            self.labels = torch.randint(classes, (batch, size, size)).to(self.device)
        elif self.kind == "views":
            self.second = self.random_images(batch, bands, size)
        else:
            shape = (batch, classes) if self.kind == "scenes" else (batch, classes, size, size)
            self.labels = (torch.rand(shape) > 0.85).float().to(self.device)
        self.parameters = sum(p.numel() for p in self.model.parameters())

    def random_images(self, batch, bands, size):
        return torch.randn(batch, bands, size, size).to(self.device, memory_format=self.memory_format)

    def loss(self, model):
        """Of the batch that stays the same."""
        if self.kind == "views":
            return model(self.images, self.second)
        if self.kind == "masks":
            return F.cross_entropy(model(self.images), self.labels)
        return F.binary_cross_entropy_with_logits(model(self.images), self.labels)

    def training(self, model=None, fused=None):
        """Steps of Adam; with L2 in the gradients of dense networks."""
        model = self.model if model is None else model
        dense = self.kind in ("masks", "views")
        settings = (1e-3, (0.9, 0.99), 1e-8, 1e-5) if dense else (1e-3, (0.9, 0.999), 1e-7)
        optimizer = torch.optim.Adam(self.model.parameters(), *settings, fused=fused)
        self.model.train()

        def step():
            optimizer.zero_grad()
            loss = self.loss(model)
            loss.backward()
            optimizer.step()
            return loss.item()

        return step

    def output(self, model):
        """What the model says of the images, as this library's gives it."""
        output = model(self.images)
        if self.kind == "scenes":
            return torch.sigmoid(output)
        return output.softmax(1) if self.kind == "masks" else output

    def inference(self, model=None):
        """Batches of predictions that have arrived in NumPy."""
        model = self.model if model is None else model
        self.model.eval()

        def step():
            with torch.inference_mode():
                return self.output(model).cpu().numpy()

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
    if not steps:
        raise RuntimeError("no way was ready in time: " + "; ".join(failed))
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
