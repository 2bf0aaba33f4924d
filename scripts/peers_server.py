"""
FastAPI around the authors' X-LXMERT in PyTorch (peers.py), for `npm run bench -- tasks`.

    python scripts/peers_server.py <checkout of allenai/x-lxmert> <threads> <port> <eager | eager bf16 | compiled | compiled bf16>

Wants torch, transformers, fastapi, uvicorn and Pillow. Texts are not tokenized, and pictures come as features that are
in memory: neither is the authors' work in this process.
"""
import contextlib
import io
import sys
from concurrent.futures import ThreadPoolExecutor

import peers
import torch
import uvicorn
from fastapi import FastAPI, Response
from PIL import Image

port, variant = int(sys.argv[3]), sys.argv[4]
app = FastAPI()
# One computation at a time, always in the same thread: each thread that computes has helpers of its own, and several at
# once only take the cores from each other.
computing = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(peers.threads,))


def compute(task):
    bf16 = torch.autocast("cpu", torch.bfloat16) if variant.endswith("bf16") else contextlib.nullcontext()
    with bf16, torch.no_grad():
        return task(1, variant)


def computed(task):
    return computing.submit(compute, task).result()


@app.post("/paint")
def paint(request: dict):
    pixels = (computed(peers.paint)[0].permute(1, 2, 0) * 255).round().byte().numpy()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return Response(file.getvalue(), media_type="image/png")


@app.post("/vqa")
def vqa(request: dict):
    scores, answers = computed(peers.ask)[0].float().softmax(0).topk(5)
    return {"answers": [{"answer": int(a), "score": float(s)} for a, s in zip(answers, scores)]}


@app.post("/nlvr2")
def nlvr2(request: dict):
    return {"score": float(computed(peers.state)[0].float().softmax(0)[1])}


uvicorn.run(app, port=port, log_level="warning")
