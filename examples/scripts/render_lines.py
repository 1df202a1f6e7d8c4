"""Renders examples/data/ocr-lines/*.png: text lines that the OCR recognition model can read, and texts.json beside them.

A development tool; the pictures are kept in the repository. Fonts: DejaVu (free licence), from the system.

    python -m venv v && v/bin/pip install pillow==13.0.0 numpy && v/bin/python examples/scripts/render_lines.py

48 grey pictures of 48 x 320 with unlike fonts, sizes, grounds, slants, blur and noise, seed 7: enough variety that
calibration on some of them says something about the others.
"""

import json
import pathlib
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = pathlib.Path("/usr/share/fonts/truetype/dejavu")
FACES = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf", "DejaVuSansMono.ttf",
         "DejaVuSansCondensed.ttf", "DejaVuSerif-Italic.ttf", "DejaVuSans-Oblique.ttf"]
HEIGHT, WIDTH = 48, 320
LINES = """Measure twice, cut once|Invoice 2041-77|Total: 318.50 EUR|Platform 9, 14:25|Keep refrigerated
Serial A7F3-9921|Please mind the gap|Flight LH 1832|Room 214, 2nd floor|Best before 08/2027
Quantisation error|Batch 6 of 10|No entry after 22:00|Net weight 750 g|Departures
Blue Mountain Coffee|Order No. 55810|Speed limit 60|Open Monday to Friday|Customer copy
Wet paint|Section 12.4|Push to open|Gate B46 closes 10:05|Made in Portugal
Apartment for rent|Temperature 21.5 C|Return by 31 May|Library card|Emergency exit
Ticket 00731|Fragile, this side up|Main Street 118|Lost and found|Extra virgin olive oil
Page 3 of 27|Tax included|Meeting at noon|Battery 84 %|Handle with care
Version 8.5.3|Cash only|Second edition|Window seat 17F|Parking level C
Fresh bread daily|Wind 12 km/h|Thank you""".replace("\n", "|").split("|")


def render(text, rng):
    ground, ink = rng.choice([(255, 10), (238, 40), (205, 20), (30, 235), (250, 90)])
    picture = Image.new("L", (WIDTH, HEIGHT), ground)
    size = rng.randint(24, 34)
    font = ImageFont.truetype(str(FONTS / rng.choice(FACES)), size)
    while font.getlength(text) > WIDTH - 12:
        size -= 1
        font = font.font_variant(size=size)
    left, top, right, bottom = font.getbbox(text)
    x = rng.randint(4, min(16, int(WIDTH - (right - left)) // 2))
    y = (HEIGHT - (bottom - top)) // 2 - top + rng.randint(-2, 2)
    ImageDraw.Draw(picture).text((x, y), text, fill=ink, font=font)
    picture = picture.rotate(rng.uniform(-1.2, 1.2), Image.Resampling.BICUBIC, fillcolor=ground)
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.8)))
    noise = np.random.default_rng(rng.randint(0, 2**31)).normal(0, rng.uniform(0, 5), (HEIGHT, WIDTH))
    # 32 grey levels keep the files small; the ground of a noiseless line stays flat.
    pixels = np.clip(np.asarray(picture, dtype=np.float64) + noise, 0, 255)
    return Image.fromarray((np.round(pixels / 8.2258) * 8.2258).clip(0, 255).round().astype(np.uint8))


def main():
    rng = random.Random(7)
    out = pathlib.Path(__file__).resolve().parents[1] / "data" / "ocr-lines"
    out.mkdir(parents=True, exist_ok=True)
    texts = {}
    for index, text in enumerate(LINES):
        name = f"line-{index:02}.png"
        render(text, rng).save(out / name, optimize=True)
        texts[name] = text
    (out / "texts.json").write_text(json.dumps(texts, indent=2) + "\n")
    print(len(texts), "lines", sum(p.stat().st_size for p in out.iterdir()), "bytes")


main()
