"""Python onnxruntime's quantize_static, as a reference for Octet's quantiser (development tool only).

  python reference.py accuracy MODEL CALIBRATION.npy INPUT OUT_FOLDER    one model for each setting, list as JSON on stdout
  python reference.py time MODEL CALIBRATION.npy INPUT OUT.onnx          one max-calibrated model; ms and peak bytes as JSON
  python reference.py entropy HISTOGRAMS.json                            thresholds of get_entropy_threshold, KL of given cuts

Needs: pip install onnx onnxruntime numpy sympy
"""

import copy
import json
import logging
import os
import resource
import sys
import time

import numpy as np

logging.disable(logging.WARNING)


class Reader:
    """Samples one by one, as quantize_static wants them."""

    def __init__(self, path, name):
        self.samples = np.load(path, mmap_mode="r")
        self.name = name
        self.at = 0

    def get_next(self):
        if self.at >= len(self.samples):
            return None
        self.at += 1
        return {self.name: np.ascontiguousarray(self.samples[self.at - 1 : self.at])}


def prepared(model, folder):
    from onnxruntime.quantization.shape_inference import quant_pre_process

    import onnx
    from onnx import version_converter

    source = onnx.load(model)
    if next(entry.version for entry in source.opset_import if entry.domain in ("", "ai.onnx")) < 13:
        # Scales per channel need opset 13.
        model = os.path.join(folder, "converted.onnx")
        onnx.save(version_converter.convert_version(source, 13), model)
    path = os.path.join(folder, "prepared.onnx")
    quant_pre_process(model, path, skip_symbolic_shape=True)
    return path


def quantise(model, out, reader, activation, symmetric, method, reduce_range=False, extra=None):
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    quantize_static(
        model,
        out,
        reader,
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "MatMul", "Gemm"],
        per_channel=True,
        reduce_range=reduce_range,
        activation_type=getattr(QuantType, activation),
        weight_type=QuantType.QInt8,
        calibrate_method=getattr(CalibrationMethod, method),
        extra_options={"ActivationSymmetric": symmetric, **(extra or {})},
    )


def accuracy(model, data, name, folder):
    source = prepared(model, folder)
    made = []
    for activation in ["QUInt8", "QInt8"]:
        for symmetric in [False, True]:
            for method in ["MinMax", "Entropy", "Percentile"]:
                out = os.path.join(folder, f"{activation}-{'symmetric' if symmetric else 'asymmetric'}-{method}.onnx")
                try:
                    quantise(source, out, Reader(data, name), activation, symmetric, method)
                    made.append({"setting": os.path.basename(out)[:-5], "path": out})
                except Exception as error:  # a setting that fails is no candidate
                    print(f"{out}: {error}", file=sys.stderr)
    print("\n" + json.dumps(made))


def peak_bytes():
    """Of this process alone: getrusage's maximum begins with what the process that forked it had (getrusage(2))."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def timed(model, data, name, out):
    import onnxruntime.quantization  # noqa: F401  loading Python modules is not what is compared

    started = time.perf_counter()
    quantise(model, out, Reader(data, name), "QUInt8", True, "MinMax")
    milliseconds = (time.perf_counter() - started) * 1000
    peak = peak_bytes()
    print("\n" + json.dumps({"milliseconds": milliseconds, "peakBytes": peak}))


def divergence(hist, half, levels):
    """The body of get_entropy_threshold's loop for one candidate."""
    from onnxruntime.quantization.calibrate import entropy
    from onnxruntime.quantization.quant_utils import smooth_distribution

    zero = hist.size // 2
    start, end = zero - half, min(zero + half + 1, hist.size)
    sliced = copy.deepcopy(hist[start:end])
    p = sliced.copy()
    p[0] += sum(hist[:start])
    p[-1] += sum(hist[end:])
    nonzeros = (p != 0).astype(np.int64)
    merged = sliced.size // levels
    quantized = np.zeros(levels, dtype=np.int64)
    for index in range(levels):
        quantized[index] = sum(sliced[index * merged : (index + 1) * merged])
    quantized[-1] += sum(sliced[levels * merged :])
    q = np.zeros(p.size, dtype=np.int64)
    for index in range(levels):
        norm = sum(nonzeros[index * merged : (index + 1) * merged])
        if norm != 0:
            q[index * merged : (index + 1) * merged] = quantized[index] / norm
    p, q = smooth_distribution(p), smooth_distribution(q)
    return float("inf") if p is None or q is None else float(entropy(p, q))


def entropies(path):
    from onnxruntime.quantization.calibrate import HistogramCollector

    with open(path) as file:
        cases = json.load(file)
    collector = HistogramCollector(
        method="entropy", symmetric=True, num_bins=4096, num_quantized_bins=256, percentile=99.9, scenario="same"
    )
    for case in cases:
        hist = np.array(case["counts"], dtype=np.int64)
        limit = np.float32(case["limit"])
        edges = np.linspace(-limit, limit, hist.size + 1, dtype=np.float32)
        started = time.perf_counter()
        _, high = collector.get_entropy_threshold((hist, edges, -limit, limit, limit), 256)
        case["milliseconds"] = (time.perf_counter() - started) * 1000
        case["theirHalf"] = min(hist.size // 2, int(round(float(high) / float(limit) * (hist.size // 2))) - 1)
        # The upper edge is one bin above the candidate, but for the widest one.
        candidates = [half for half in (case["theirHalf"], case["theirHalf"] + 1) if 128 <= half <= hist.size // 2]
        case["theirDivergence"] = min(divergence(hist, half, 256) for half in candidates)
        case["ourDivergence"] = divergence(hist, case["half"], 256)
        del case["counts"]
    print("\n" + json.dumps(cases))


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    {"accuracy": accuracy, "time": timed, "entropy": entropies}[kind](*rest)
