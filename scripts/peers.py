"""
The authors' X-LXMERT in PyTorch, for `npm run bench -- peers`: one line of JSON in, one measurement out.

    python scripts/peers.py <checkout of allenai/x-lxmert> <threads> <sizes of a small model, as its config.json has them>

Wants torch and transformers. The weights are random, of the published sizes (`train-demo`: of the small model's); the sampler's loop is that of the authors'
sample_image_NAR (x-lxmert/src/tasks/imggen_model.py), on the CPU and without its tokenizer.
"""
import contextlib
import functools
import json
import sys
import time
import types
from pathlib import Path

import torch

checkout, threads = Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
sys.path += [str(checkout / "image_generator/src"), str(checkout / "x-lxmert/src")]
from lxrt.modeling import LxmertVisualObjHead  # noqa: E402
from transformers import LxmertConfig, LxmertModel  # noqa: E402
from transformers.models.lxmert.modeling_lxmert import LxmertVisualAnswerHead  # noqa: E402

# Their layers.py imports it for a network that the generator does not have.
torchvision = types.ModuleType("torchvision")
torchvision.models = types.ModuleType("torchvision.models")
sys.modules.setdefault("torchvision", torchvision)
sys.modules.setdefault("torchvision.models", torchvision.models)
from layers import Generator  # noqa: E402

GRID, CLUSTERS, FEATURES, ANSWERS, TOKENS = 8, 10_000, 2048, 3129, 12
CELLS = GRID * GRID

torch.manual_seed(2020)


def model(clusters, **sizes):
    config = LxmertConfig(num_object_labels=1600, num_attr_labels=400, **sizes)
    config.num_clusters = clusters
    config.visual_attr_loss = False
    config._attn_implementation = "eager"
    return config, LxmertModel(config).eval(), LxmertVisualObjHead(config).eval()


config, bert, codes = model(CLUSTERS)
answers = LxmertVisualAnswerHead(config, ANSWERS).eval()
pairs = torch.nn.Linear(2 * config.hidden_size, 2).eval()
centroids = torch.randn(CLUSTERS, FEATURES)
mask_feat = torch.zeros(FEATURES)
generator = Generator(base_dim=32, emb_dim=FEATURES, target_size=256, init_H=GRID, init_W=GRID, SN=True).eval()
ticks = torch.arange(GRID) / GRID
positions = torch.stack(
    [ticks.repeat(GRID), ticks.repeat_interleave(GRID), ticks.repeat(GRID) + 1 / GRID, ticks.repeat_interleave(GRID) + 1 / GRID], 1
)
words = torch.randint(1000, 20_000, (8, TOKENS))


def encoded(ids, features, places):
    return bert(input_ids=ids, visual_feats=features, visual_pos=places, attention_mask=ids > 0, return_dict=True)


def step(ids, features, places):
    return codes(encoded(ids, features, places)[1], out_keys=["obj"])["obj"]


def answer(ids, features, places):
    return answers(encoded(ids, features, places)[2])


def judge(ids, features, places):
    return pairs(encoded(ids, features, places)[2].view(-1, 2 * config.hidden_size))


def picture(features):
    return generator(features.permute(0, 2, 1).view(-1, FEATURES, GRID, GRID), train=False)


FUNCTIONS = {"step": step, "answer": answer, "judge": judge, "picture": picture}


@functools.cache
def function(name, variant):
    """Made once: what is measured is calling it."""
    call = FUNCTIONS[name]
    # Sizes are marked as they come: one graph for each batch, which is the fastest.
    return torch.compile(call, dynamic=False) if variant.startswith("compiled") else call


def paint(batch, variant, steps=4):
    ids, places = words[:batch], positions.expand(batch, -1, -1)
    masked = torch.ones(batch, CELLS, dtype=torch.bool)
    features = torch.zeros(batch, CELLS, FEATURES)
    confidence = None
    for i in range(steps):
        if confidence is not None:
            lowest = confidence.topk(int((steps - i) / steps * CELLS), dim=1, largest=False)[1]
            masked = torch.zeros(batch, CELLS, dtype=torch.bool).scatter(1, lowest, True)
        features = torch.where(masked[..., None], mask_feat, features)
        probability = torch.softmax(function("step", variant)(ids, features, places).float(), dim=2)
        confidence, ids_of_codes = probability.max(dim=2)
        features = torch.where(masked[..., None], centroids[ids_of_codes], features)
    image = function("picture", variant)(features)
    return ((image.float() + 1) / 2).clamp(0, 1)


def ask(batch, variant):
    return function("answer", variant)(words[:batch], centroids[: batch * CELLS].view(batch, CELLS, -1), positions.expand(batch, -1, -1))


def state(batch, variant):
    n = 2 * batch
    return function("judge", variant)(words[:1].expand(n, -1), centroids[: n * CELLS].view(n, CELLS, -1), positions.expand(n, -1, -1))


class Training:
    """A step of masked codes: forward, backward, clipping, AdamW."""

    def __init__(self, config, bert, codes):
        self.weights = [parameter for part in (bert, codes) for parameter in part.parameters()]
        # Its moments come with the first step.
        self.optimiser = torch.optim.AdamW(self.weights, lr=1e-4, eps=1e-6, weight_decay=0.01)
        self.clusters, self.cells = config.num_clusters, torch.randn(16 * CELLS, config.visual_feat_dim)
        self.words = words[:1] % config.vocab_size
        self.bert, self.codes = bert, codes
        self.compiled = torch.compile(self.logits, dynamic=False)

    def logits(self, ids, features, places):
        seen = self.bert(input_ids=ids, visual_feats=features, visual_pos=places, attention_mask=ids > 0, return_dict=True)
        return self.codes(seen[1], out_keys=["obj"])["obj"]

    def __call__(self, batch, variant):
        features = self.cells[: batch * CELLS].view(batch, CELLS, -1)
        logits = (self.compiled if variant.startswith("compiled") else self.logits)(
            self.words.expand(batch, -1), features, positions.expand(batch, -1, -1)
        )
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), torch.arange(batch * CELLS) % self.clusters)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights, 1)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return loss


SIZES = (
    "vocab_size hidden_size num_attention_heads intermediate_size l_layers r_layers x_layers visual_feat_dim max_position_embeddings"
).split()


@functools.cache
def training(size):
    if size == "train":
        return Training(config, bert, codes)
    small = json.loads(sys.argv[3])
    return Training(*model(small["num_clusters"], **{name: small[name] for name in SIZES}))


TASKS = {"paint": paint, "vqa": ask, "nlvr2": state}


def main():
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        bf16 = torch.autocast("cpu", torch.bfloat16) if order["variant"].endswith("bf16") else contextlib.nullcontext()
        learns = order["task"].startswith("train")
        # Made once, and not within the measurement.
        task = training(order["task"]) if learns else TASKS[order["task"]]
        with bf16, contextlib.nullcontext() if learns else torch.no_grad():
            start = time.perf_counter()
            result = task(order["batch"], order["variant"])
            milliseconds = (time.perf_counter() - start) * 1000
        print(json.dumps({"ms": milliseconds, "finite": bool(result.isfinite().all())}), flush=True)


if __name__ == "__main__":
    main()
