"""The networks of `lulc bench` in PyTorch, made from the same descriptions as this library's (src/bench/networks.ts)."""

import math
import re

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


class Squeeze(nn.Module):
    """Squeeze-and-excitation of an EfficientNet."""

    def __init__(self, channels, hidden):
        super().__init__()
        self.gate = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.SiLU(inplace=True), nn.Conv2d(hidden, channels, 1), nn.Sigmoid()
        )

    def forward(self, x):
        return x * self.gate(x.mean((2, 3), keepdim=True))


class Sum(nn.Module):
    """The sum of a branch and a shortcut."""

    def __init__(self, branch, shortcut):
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)


class DropPath(nn.Module):
    """Drops all values of a sample in training."""

    def __init__(self, rate):
        super().__init__()
        self.keep = 1 - rate

    def forward(self, x):
        if not self.training or self.keep == 1:
            return x
        mask = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(self.keep)
        return x * mask.div_(self.keep)


def conv(inputs, width, kernel, stride=1, bias=False, groups=1):
    return nn.Conv2d(inputs, width, kernel, stride, kernel // 2, bias=bias, groups=groups)


def norm_relu(channels, **options):
    return nn.Sequential(nn.BatchNorm2d(channels, **options), nn.ReLU(inplace=True))


def head(channels, classes, dropout=0):
    dropping = [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), *dropping, nn.Linear(channels, classes))


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


KERAS_NORM = {"eps": 1.001e-5, "momentum": 0.01}


def resnet(bands, classes, block, blocks):
    """Residual network of the benchmark: convolutions with bias, the stride in the first one of a block."""

    def conv_norm(inputs, width, kernel, stride=1):
        return (conv(inputs, width, kernel, stride, bias=True), nn.BatchNorm2d(width, **KERAS_NORM))

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


class Grow(nn.Module):
    """The input with new channels behind it."""

    def __init__(self, grow):
        super().__init__()
        self.grow = grow

    def forward(self, x):
        return torch.cat((x, self.grow(x)), 1)


def densenet(bands, classes, blocks):
    """Densely connected network of growth 32."""
    layers = [conv(bands, 64, 7, 2), norm_relu(64, **KERAS_NORM), nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for index, count in enumerate(blocks):
        for _ in range(count):
            first = (norm_relu(channels, **KERAS_NORM), conv(channels, 128, 1))
            layers.append(Grow(nn.Sequential(*first, norm_relu(128, **KERAS_NORM), conv(128, 32, 3))))
            channels += 32
        layers.append(norm_relu(channels, **KERAS_NORM))
        if index < len(blocks) - 1:
            layers += [conv(channels, channels // 2, 1), nn.AvgPool2d(2)]
            channels //= 2
    return nn.Sequential(*layers, head(channels, classes))


def vgg(bands, classes, convolutions):
    """VGG network without its dense layers."""
    layers, channels = [], bands
    for count, width in zip(convolutions, (64, 128, 256, 512, 512)):
        for _ in range(count):
            layers += [conv(channels, width, 3, bias=True), nn.ReLU(inplace=True)]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, head(channels, classes))


def inverted_bottlenecks(bands, classes, stem, stages, top, norm, attention, drop_path, head_dropout):
    """An EfficientNet; attention by the channels inside a block and those of its input."""

    def conv_norm(inputs, width, kernel, stride=1, groups=1):
        return (conv(inputs, width, kernel, stride, groups=groups), nn.BatchNorm2d(width, **norm))

    def block(inputs, width, stride, rate, kernel, expansion):
        inner = inputs * expansion
        branch = [*conv_norm(inputs, inner, 1), nn.SiLU(inplace=True)] if expansion > 1 else []
        branch += [*conv_norm(inner, inner, kernel, stride, groups=inner), nn.SiLU(inplace=True)]
        branch += [attention(inner, inputs), *conv_norm(inner, width, 1)]
        if stride > 1 or inputs != width:
            return nn.Sequential(*branch)
        return Sum(nn.Sequential(*branch, DropPath(rate)), nn.Identity())

    layers = [*conv_norm(bands, stem, 3, 2), nn.SiLU(inplace=True)]
    channels, index, total = stem, 0, sum(stage["repeats"] for stage in stages)
    for stage in stages:
        for position in range(stage["repeats"]):
            stride = stage["stride"] if position == 0 else 1
            rate = drop_path * index / total
            layers.append(block(channels, stage["width"], stride, rate, stage["kernel_size"], stage["expansion"]))
            channels, index = stage["width"], index + 1
    layers += [*conv_norm(channels, top, 1), nn.SiLU(inplace=True)]
    return nn.Sequential(*layers, head(top, classes, head_dropout))


def efficientnet(bands, classes, **sizes):
    """EfficientNet as Keras has it."""
    norm = {"eps": 1e-3, "momentum": 0.01}

    def attention(channels, inputs):
        return Squeeze(channels, max(1, inputs // 4))

    return inverted_bottlenecks(
        bands, classes, **sizes, norm=norm, attention=attention, drop_path=0.2, head_dropout=0
    )


def scaled_efficientnet(bands, classes, **sizes):
    """The benchmark's own EfficientNet with efficient channel attention."""

    def attention(channels, _):
        return Eca(channels)

    return inverted_bottlenecks(bands, classes, **sizes, norm={}, attention=attention, drop_path=0.1, head_dropout=0.1)


class Tokens(nn.Module):
    """Patches of the image, each a vector."""

    def __init__(self, bands, width, patch):
        super().__init__()
        self.conv = nn.Conv2d(bands, width, patch, patch)

    def forward(self, x):
        return self.conv(x).flatten(2).transpose(1, 2)


class Position(nn.Module):
    """A learned vector for every token."""

    def __init__(self, tokens, width):
        super().__init__()
        self.table = nn.Parameter(torch.randn(tokens, width) * 0.02)

    def forward(self, x):
        return x + self.table


class Attention(nn.Module):
    """Self-attention with heads of any width, through PyTorch's fused kernel."""

    def __init__(self, width, heads, key_dim, dropout):
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.incoming = nn.Linear(width, 3 * heads * key_dim)
        self.outgoing = nn.Linear(heads * key_dim, width)

    def forward(self, x):
        q, k, v = self.incoming(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0)
        return self.outgoing(y.transpose(1, 2).flatten(2))


def perceptron(inputs, hidden, outputs, dropout=0):
    def dropping():
        return [nn.Dropout(dropout)] if dropout else []

    return (nn.Linear(inputs, hidden), nn.GELU(), *dropping(), nn.Linear(hidden, outputs), *dropping())


def vision_transformer(bands, classes, tokens, patch, width, layers, heads, key_dim, mlp_hidden, head_mlp, dropout):
    """Vision transformer with a perceptron on all its tokens."""

    def layer():
        attention = Attention(width, heads, key_dim, dropout["attention"])
        mlp = perceptron(width, mlp_hidden, width, dropout["mlp"])
        return (
            Sum(nn.Sequential(nn.LayerNorm(width, 1e-6), attention), nn.Identity()),
            Sum(nn.Sequential(nn.LayerNorm(width, 1e-6), *mlp), nn.Identity()),
        )

    body = [Tokens(bands, width, patch), Position(tokens, width)]
    for _ in range(layers):
        body += layer()
    body += [nn.LayerNorm(width, 1e-6), nn.Flatten()]
    channels = tokens * width
    for units in head_mlp:
        body += [nn.Dropout(dropout["head"]), nn.Linear(channels, units), nn.GELU()]
        channels = units
    return nn.Sequential(*body, nn.Dropout(dropout["head"]), nn.Linear(channels, classes))


class Swapped(nn.Module):
    """A module that sees channels as tokens."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x.transpose(1, 2)).transpose(1, 2)


class MeanToken(nn.Module):
    """The mean of all tokens."""

    def forward(self, x):
        return x.mean(1)


def mlp_mixer(bands, classes, tokens, patch, width, blocks, token_hidden, channel_hidden):
    """MLP-Mixer."""

    def block():
        mix_tokens = Swapped(nn.Sequential(*perceptron(tokens, token_hidden, tokens)))
        mix_channels = perceptron(width, channel_hidden, width)
        return (
            Sum(nn.Sequential(nn.LayerNorm(width, 1e-3), mix_tokens), nn.Identity()),
            Sum(nn.Sequential(nn.LayerNorm(width, 1e-3), *mix_channels), nn.Identity()),
        )

    body = [Tokens(bands, width, patch)]
    for _ in range(blocks):
        body += block()
    return nn.Sequential(*body, nn.LayerNorm(width, 1e-3), MeanToken(), nn.Linear(width, classes))


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


class PlainConv(nn.Module):
    """nnU-Net's U-Net: strides instead of pools, instance or batch norms, leaky ReLUs."""

    def __init__(self, bands, classes, widths, norm):
        super().__init__()
        batch = norm == "batch"
        # PyTorch copies channels-last images before it normalises each of them, and gives back others.
        self.memory_format = torch.channels_last if batch else torch.contiguous_format

        def unit(inputs, width, stride):
            normed = nn.BatchNorm2d(width) if batch else nn.InstanceNorm2d(width, affine=True)
            return conv(inputs, width, 3, stride, bias=not batch), normed, nn.LeakyReLU(0.01, inplace=True)

        def units(inputs, width, stride=1):
            return nn.Sequential(*unit(inputs, width, stride), *unit(width, width, 1))

        inputs = (bands, *widths)
        self.down = nn.ModuleList(units(i, w, 1 if k == 0 else 2) for k, (i, w) in enumerate(zip(inputs, widths)))
        self.up = nn.ModuleList(nn.ConvTranspose2d(i, w, 2, 2) for w, i in zip(widths, widths[1:]))
        self.join = nn.ModuleList(units(2 * w, w) for w in widths[:-1])
        self.head = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x):
        maps = []
        for units in self.down:
            x = units(x)
            maps.append(x)
        for index in reversed(range(len(self.up))):
            x = self.join[index](torch.cat((self.up[index](x), maps[index]), 1))
        return self.head(x)


class Bottlenecks(nn.Module):
    """Residual network as torchvision has it, without its head; gives the maps of its stages. Stages beyond the output
    stride keep their resolution and spread their taps."""

    def __init__(self, bands, blocks, output_stride):
        super().__init__()
        self.stem = nn.Sequential(conv(bands, 64, 7, 2), norm_relu(64), nn.MaxPool2d(3, 2, 1))
        stages, channels, reduction, dilation = [], 64, 4, 1
        for index, count in enumerate(blocks):
            wanted = 1 if index == 0 else 2
            stride = wanted if reduction * wanted <= output_stride else 1
            dilation *= wanted // stride
            reduction *= stride
            layers = []
            for position in range(count):
                width = 64 * 2**index
                layers.append(self.block(channels, width, stride if position == 0 else 1, dilation))
                channels = 4 * width
            stages.append(nn.Sequential(*layers))
        self.stages = nn.ModuleList(stages)
        self.channels = [256 * 2**index for index in range(len(blocks))]

    @staticmethod
    def block(inputs, width, stride, dilation):
        middle = nn.Conv2d(width, width, 3, stride, dilation, dilation, bias=False)
        last = (conv(width, 4 * width, 1), nn.BatchNorm2d(4 * width))
        branch = (conv(inputs, width, 1), norm_relu(width), middle, norm_relu(width), *last)
        changes = stride > 1 or inputs != 4 * width
        projection = (conv(inputs, 4 * width, 1, stride), nn.BatchNorm2d(4 * width)) if changes else (nn.Identity(),)
        return nn.Sequential(Sum(nn.Sequential(*branch), nn.Sequential(*projection)), nn.ReLU(inplace=True))

    def forward(self, x):
        maps = [self.stem(x)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return maps[1:]


def unit(inputs, width, kernel, dilation=1, dropout=0):
    """Convolution, batch norm, ReLU and perhaps dropout of single values."""
    padding = dilation * (kernel // 2)
    layers = (nn.Conv2d(inputs, width, kernel, 1, padding, dilation, bias=False), norm_relu(width))
    return nn.Sequential(*layers, *([nn.Dropout(dropout)] if dropout else []))


class DeepLab(nn.Module):
    """Decoder of DeepLabv3+; gives the map behind its context module and the decoded one."""

    def __init__(self, channels, strides, rates, width, low_level_width, encoded_dropout, decoded_dropout):
        super().__init__()
        deepest = channels[-1]
        self.branches = nn.ModuleList([unit(deepest, width, 1), *(unit(deepest, width, 3, rate) for rate in rates)])
        self.pool = unit(deepest, width, 1)
        self.tail = unit((len(rates) + 2) * width, width, 1)
        self.drop = nn.Dropout(encoded_dropout)
        self.low = unit(channels[0], low_level_width, 1)
        first = unit(width + low_level_width, width, 3, dropout=decoded_dropout[0])
        self.join = nn.Sequential(first, unit(width, width, 3, dropout=decoded_dropout[1]))
        self.width = width

    def forward(self, maps):
        x = maps[-1]
        branches = [branch(x) for branch in self.branches]
        pooled = self.pool(x.mean((2, 3), keepdim=True)).expand(-1, -1, *x.shape[2:])
        encoded = self.tail(torch.cat((*branches, pooled), 1))
        low = self.low(maps[0])
        large = F.interpolate(self.drop(encoded), low.shape[2:], mode="bilinear", align_corners=True)
        return encoded, self.join(torch.cat((large, low), 1))


class Expanding(nn.Module):
    """Decoder of a U-Net on any pyramid, up to the size of the image."""

    def __init__(self, channels, strides, widths):
        super().__init__()
        skips = [0, *channels[:-1]]
        inputs = [*widths[1:], channels[-1]]
        self.levels = nn.ModuleList(
            nn.Sequential(unit(i + skip, width, 3), unit(width, width, 3))
            for i, skip, width in zip(inputs, skips, widths)
        )
        self.scales = [strides[0], *(after // before for before, after in zip(strides, strides[1:]))]
        self.width = widths[0]

    def forward(self, maps):
        x = maps[-1]
        for index in reversed(range(len(self.levels))):
            scale = self.scales[index]
            large = F.interpolate(x, scale_factor=scale, mode="bilinear") if scale > 1 else x
            x = self.levels[index](large if index == 0 else torch.cat((large, maps[index - 1]), 1))
        return maps[-1], x


DECODERS = {"deeplabv3plus": DeepLab, "unet": Expanding}


class Dense(nn.Module):
    """A residual network with a decoder: logits of pixels at the image's size, or without classes the decoded map."""

    def __init__(self, bands, classes, blocks, output_stride, decoder, contrast=None):
        super().__init__()
        self.backbone = Bottlenecks(bands, blocks, output_stride)
        sizes = dict(decoder)
        strides = [min(4 * 2**index, output_stride) for index in range(len(blocks))]
        self.decoder = DECODERS[sizes.pop("name")](self.backbone.channels, strides, **sizes)
        self.head = nn.Conv2d(self.decoder.width, classes, 1) if classes else None

    def maps(self, x):
        return self.decoder(self.backbone(x))

    def forward(self, x):
        decoded = self.maps(x)[1]
        if self.head is None:
            return decoded
        return F.interpolate(self.head(decoded), x.shape[2:], mode="bilinear", align_corners=True)


def projection(features, units, linear=None):
    """A perceptron from features to embeddings."""
    layers = [nn.Linear(features, linear)] if linear else []
    features = linear or features
    for index, width in enumerate(units):
        layers += [nn.Linear(features, width), *([nn.ReLU(inplace=True)] if index + 1 < len(units) else [])]
        features = width
    return nn.Sequential(*layers)


def contrasted(first, second, temperature):
    """NT-Xent of pairs of rows in one pool."""
    z = F.normalize(torch.cat((first, second)))
    similarities = (z @ z.T / temperature).fill_diagonal_(-1e9)
    partners = torch.arange(len(z), device=z.device).roll(len(first))
    return F.cross_entropy(similarities, partners)


class TwoViews(nn.Module):
    """A network that is pre-trained by contrasting two views, as wholes, in regions or both: images in, loss out.

    A region's mean of the map at the image's size is the small map times weights of rows and of columns, which saves the
    large map, here as in this library. Regions stay the same."""

    def __init__(self, network, contrast, batch, size):
        super().__init__()
        self.network = network
        self.contrast = contrast
        image, local = contrast["global"], contrast["local"]
        width = network.decoder.width
        self.image_head = projection(2 * width, image["units"]) if image else None
        self.local_head = projection(width, local["units"], local.get("linear"))
        with torch.inference_mode():
            network.eval()
            bands = network.backbone.stem[0].in_channels
            cells = network(torch.zeros(1, bands, size, size)).shape[-1]
        shares = F.interpolate(torch.eye(cells)[None], size, mode="linear", align_corners=True)[0].T
        for name in ("rows1", "columns1", "rows2", "columns2"):
            begins = torch.randint(size - local["pixels"] + 1, (batch, local["regions"]))
            boxes = [[shares[b : b + local["pixels"]].mean(0) for b in image] for image in begins.tolist()]
            self.register_buffer(name, torch.stack([torch.stack(box) for box in boxes]), False)

    def regions(self, x, rows, columns):
        flat = x.permute(0, 2, 3, 1).flatten(2)
        lines = (rows @ flat).unflatten(2, (x.shape[3], x.shape[1])).flatten(0, 1)
        return (columns.flatten(0, 1)[:, None] @ lines)[:, 0]

    def forward(self, first, second):
        maps = [self.network.maps(view) for view in (first, second)]
        local = self.contrast["local"]
        means = (self.regions(maps[0][1], self.rows1, self.columns1), self.regions(maps[1][1], self.rows2, self.columns2))
        loss = contrasted(*(self.local_head(mean) for mean in means), local["temperature"])
        if self.image_head is None:
            return loss
        styles = [torch.cat((x.mean((2, 3)), x.var((2, 3))), 1) for x, _ in maps]
        whole = contrasted(*(self.image_head(style) for style in styles), self.contrast["global"]["temperature"])
        return (whole + loss) / 2


FAMILIES = {
    "wrn-eca": wide_resnet,
    "resnet": resnet,
    "densenet": densenet,
    "vgg": vgg,
    "efficientnet": efficientnet,
    "scaled-efficientnet": scaled_efficientnet,
    "vit": vision_transformer,
    "mlp-mixer": mlp_mixer,
    "unet": Unet,
    "plain-conv": PlainConv,
    "dense": Dense,
}


def build(bands, classes, description):
    """The network that a description stands for, from images to logits."""
    sizes = in_snake_case(description)
    return FAMILIES[sizes.pop("family")](bands, classes, **sizes)


def in_snake_case(value):
    """The value with the keys of all its dictionaries as Python writes names."""
    if isinstance(value, list):
        return [in_snake_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {re.sub("[A-Z]", lambda big: "_" + big[0].lower(), key): in_snake_case(item) for key, item in value.items()}
