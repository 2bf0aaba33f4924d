"""The published model's networks in plain PyTorch, by their sizes, with random weights: what they take here.

Prints one JSON object a line: notes, and {row, mode, batch, ms} as they are measured, until the time is up.
Sizes: LXMERT base (9 language, 5 picture, 5 cross layers, 768 wide, 12 heads), 20 tokens, 8 x 8 cells of 2,048,
10,000 clusters, 3,129 answers; the generator of 256 x 256 pixels (5 blocks of 32 channels, SPADE of 128).
"""

import argparse
import json
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--device", default="cuda")
parser.add_argument("--seconds", type=float, default=110)
parser.add_argument("--small", action="store_true")
flags = parser.parse_args()
END = time.monotonic() + flags.seconds
DEVICE = torch.device(flags.device)
T, GRID, D, HEADS, INNER = 20, 8, 768, 12, 3072
FEATURE, CLUSTERS, WORDS, ANSWERS = 2048, 10_000, 30_522, 3129


def say(**line):
    print(json.dumps(line), flush=True)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(D, D) for _ in range(4))
        self.norm = nn.LayerNorm(D, eps=1e-12)

    def forward(self, x, context):
        heads = lambda y: y.unflatten(-1, (HEADS, D // HEADS)).transpose(1, 2)
        y = F.scaled_dot_product_attention(heads(self.query(x)), heads(self.key(context)), heads(self.value(context)))
        return self.norm(x + self.out(y.transpose(1, 2).flatten(2)))


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide, self.narrow, self.norm = nn.Linear(D, INNER), nn.Linear(INNER, D), nn.LayerNorm(D, eps=1e-12)

    def forward(self, x):
        return self.norm(x + self.narrow(F.gelu(self.wide(x))))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention, self.feed = Attention(), FeedForward()

    def forward(self, x):
        return self.feed(self.attention(x, x))


class CrossLayer(nn.Module):
    """Both directions through one cross-attention, then each modality by itself."""

    def __init__(self):
        super().__init__()
        self.cross, self.words, self.cells = Attention(), Layer(), Layer()

    def forward(self, words, cells):
        return self.words(self.cross(words, cells)), self.cells(self.cross(cells, words))


class Lxmert(nn.Module):
    def __init__(self):
        super().__init__()
        self.word, self.place, self.kind = nn.Embedding(WORDS, D), nn.Embedding(512, D), nn.Embedding(2, D)
        self.word_norm = nn.LayerNorm(D, eps=1e-12)
        self.feature, self.feature_norm = nn.Linear(FEATURE, D), nn.LayerNorm(D, eps=1e-12)
        self.box, self.box_norm = nn.Linear(4, D), nn.LayerNorm(D, eps=1e-12)
        self.language = nn.ModuleList(Layer() for _ in range(9))
        self.vision = nn.ModuleList(Layer() for _ in range(5))
        self.both = nn.ModuleList(CrossLayer() for _ in range(5))
        self.pooler = nn.Linear(D, D)
        self.register_buffer("boxes", torch.rand(1, GRID * GRID, 4))

    def forward(self, ids, features):
        places = torch.arange(ids.shape[1], device=ids.device)
        words = self.word_norm(self.word(ids) + self.place(places) + self.kind.weight[0])
        cells = (self.feature_norm(self.feature(features)) + self.box_norm(self.box(self.boxes))) / 2
        for layer in self.language:
            words = layer(words)
        for layer in self.vision:
            cells = layer(cells)
        for layer in self.both:
            words, cells = layer(words, cells)
        return words, cells, torch.tanh(self.pooler(words[:, 0]))


class Transform(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(D, D), nn.GELU(), nn.LayerNorm(D, eps=1e-12))


class Codes(nn.Module):
    """Logits of the code of every cell."""

    def __init__(self, body):
        super().__init__()
        self.body, self.transform = body, Transform()
        self.feature, self.out = nn.Linear(D, FEATURE), nn.Linear(FEATURE, CLUSTERS)

    def forward(self, ids, features):
        return self.out(self.feature(self.transform(self.body(ids, features)[1])))


class Words(nn.Module):
    """Logits of one word."""

    def __init__(self, body):
        super().__init__()
        self.body, self.transform, self.out = body, Transform(), nn.Linear(D, WORDS)

    def forward(self, ids, features):
        return self.out(self.transform(self.body(ids, features)[0][:, 4]))


class Answers(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body
        self.head = nn.Sequential(nn.Linear(D, 2 * D), nn.GELU(), nn.LayerNorm(2 * D), nn.Linear(2 * D, ANSWERS))

    def forward(self, ids, features):
        return self.head(self.body(ids, features)[2])


class Judgement(nn.Module):
    """A statement about two pictures: each by itself, then both together."""

    def __init__(self, body):
        super().__init__()
        self.body = body
        self.head = nn.Sequential(nn.Linear(2 * D, 2 * D), nn.GELU(), nn.LayerNorm(2 * D), nn.Linear(2 * D, 2))

    def forward(self, ids, features):
        pooled = self.body(ids.repeat_interleave(2, 0), features.flatten(0, 1))[2]
        return self.head(pooled.view(-1, 2 * D))


class Spade(nn.Module):
    def __init__(self, width, style, hidden):
        super().__init__()
        self.norm = nn.InstanceNorm2d(width)
        self.shared = nn.Conv2d(style, hidden, 3, padding=1)
        self.gamma, self.beta = (nn.Conv2d(hidden, width, 3, padding=1) for _ in range(2))

    def forward(self, x, y):
        y = F.relu(self.shared(F.interpolate(y, x.shape[2:], mode="bilinear")))
        return self.norm(x) * (1 + self.gamma(y)) + self.beta(y)


class Block(nn.Module):
    def __init__(self, width, style, hidden):
        super().__init__()
        self.first, self.second = Spade(width, style, hidden), Spade(width, style, hidden)
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.residual, self.rgb = nn.Conv2d(width, width, 1), nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, x, y):
        up = lambda t: F.interpolate(t, scale_factor=2, mode="bilinear")
        h = self.conv1(up(F.leaky_relu(self.first(x, y), 0.2)))
        h = self.conv2(F.leaky_relu(self.second(h, y), 0.2))
        return h + self.residual(up(x))


class Generator(nn.Module):
    def __init__(self, width=32, codebook=256, hidden=128):
        super().__init__()
        self.codes = nn.Embedding(CLUSTERS, FEATURE)
        self.narrow = nn.Conv2d(FEATURE, codebook, 1)
        self.begin, self.style = (nn.Conv2d(codebook, width, 3, padding=1, groups=4) for _ in range(2))
        self.blocks = nn.ModuleList(Block(width, width, hidden) for _ in range(5))

    def forward(self, codes):
        grid = self.codes(codes).transpose(1, 2).unflatten(2, (GRID, GRID))
        narrow = torch.tanh(self.narrow(grid))
        x, y, picture = self.begin(narrow), self.style(narrow), None
        for block in self.blocks:
            x = block(x, y)
            own = block.rgb(x)
            picture = own if picture is None else own + F.interpolate(picture, scale_factor=2, mode="bilinear")
        return torch.tanh(picture)


def synchronise():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def median_ms(work, runs):
    work()
    times = []
    for _ in range(runs):
        synchronise()
        start = time.perf_counter()
        work()
        synchronise()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)[len(times) // 2]


def inputs(batch, pictures=1):
    ids = torch.randint(5, WORDS, (batch, T), device=DEVICE)
    shape = (batch, GRID * GRID, FEATURE) if pictures == 1 else (batch, pictures, GRID * GRID, FEATURE)
    return ids, torch.randn(shape, device=DEVICE)


def training(model, batch, bf16):
    ids, features = inputs(batch)
    labels = torch.randint(0, CLUSTERS, (batch * GRID * GRID,), device=DEVICE)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=1e-4, fused=DEVICE.type == "cuda")

    def step(call):
        with torch.autocast(DEVICE.type, torch.bfloat16, enabled=bf16):
            scores = call(ids, features)
        loss = F.cross_entropy(scores.flatten(0, 1).float(), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    return step


def main():
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    name = torch.cuda.get_device_name() if DEVICE.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    say(note=f"PyTorch {torch.__version__} on {name}; TF32 off; random weights of the published sizes.")
    body = Lxmert()
    rows = {
        "painting: a sampling step": (Codes(body), inputs),
        "painting: the generator": (Generator(), lambda batch: (torch.randint(0, CLUSTERS, (batch, 64), device=DEVICE),)),
        "captioning: a pass": (Words(body), inputs),
        "VQA: an answer": (Answers(body), inputs),
        "NLVR2: a judgement": (Judgement(body), lambda batch: inputs(batch, 2)),
    }
    for model, _ in rows.values():
        model.to(DEVICE).eval()
    count = sum(p.numel() for p in rows["painting: a sampling step"][0].parameters())
    say(note=f"{count / 1e6:.1f}M parameters in the network of a sampling step.")
    batches = [1] if flags.small else [1, 8, 32]
    runs = 1 if flags.small else 10

    def measure(row, mode, batch, work):
        """What fails costs no other row."""
        if time.monotonic() > END:
            return say(note=f"No time was left for {row}, {mode}, batch {batch}.")
        try:
            say(row=row, mode=mode, batch=batch, ms=median_ms(work, runs))
        except Exception as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            say(note=f"{row}, {mode}, batch {batch}: {first[:300]}")

    def answer(call, given, bf16):
        with torch.no_grad(), torch.autocast(DEVICE.type, torch.bfloat16, enabled=bf16):
            call(*given)

    for bf16, mode in ((False, "eager"), (True, "bf16")):
        for row, (model, make) in rows.items():
            for batch in batches:
                given = make(batch)
                measure(row, mode, batch, lambda: answer(model, given, bf16))
    # Compiling takes tens of seconds a network: the two of a picture, at one batch each.
    for row in list(rows)[:2]:
        model, make = rows[row]
        for bf16, mode in ((False, "compiled"), (True, "compiled bf16")):
            given = make(batches[:2][-1])
            torch._dynamo.reset()
            compiled = torch.compile(model)
            measure(row, mode, len(given[0]), lambda: answer(compiled, given, bf16))
    batch = 1 if flags.small else 8
    model = rows["painting: a sampling step"][0].train()
    for bf16, mode in ((False, "eager"), (True, "bf16")):
        step = training(model, batch, bf16)
        measure("a step of pre-training", mode, batch, lambda: step(model))
        del step


main()
