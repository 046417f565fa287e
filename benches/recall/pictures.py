"""Pictures for benches/recall: fetched from Debian's packages, and changed as pictures are on their way.

    pictures.py fetch FOLDER      downloads the packages (some hundred MB) and unpacks their pictures
    pictures.py stream FOLDER     writes to standard output, for each picture: itself, then each change of it

A frame is a line of JSON (picture, change, width, height), then the pixels, RGB. Needs Debian's apt-get and dpkg-deb, and Pillow.
"""

import io
import itertools
import json
import os
import random
import subprocess
import sys

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

# Photographs and paintings. Icons, sprites, drawings of one constellation by several hands and pictures of programs are left out: they look
# like each other.
FOLDERS = {
    "desktop-base": ["plymouth", "joy-theme/login"],
    "gnome-backgrounds": ["backgrounds"],
    "lomiri-wallpapers": ["backgrounds"],
    "lomiri-wallpapers-16.04": ["backgrounds"],
    "lomiri-wallpapers-20.04": ["backgrounds"],
    "mate-backgrounds": ["backgrounds"],
    "naev-data": ["gfx/planet/exterior", "gfx/bkg", "gfx/loading", "gfx/intro"],
    "opencv-doc": ["examples/data"],
    "palapeli-data": ["puzzlelibrary"],
    "plasma-workspace-wallpapers": ["contents/images"],
    "python3-skimage": ["skimage/data"],
    "stellarium-data": ["nebulae/default", "landscapes", "stellarium/textures"],
    "sway-backgrounds": ["backgrounds"],
    "ukui-wallpapers": ["backgrounds"],
    "wesnoth-1.16-data": ["/story/", "/bg/"],
}
LEFT_OUT = ["logo", "glow", "screenshot"]
# Of one scene, taken twice or in another light, one picture is taken: they look alike.
LEFT_OUT += ["wood-d.", "Blender_Suzanne2.", "aloeR.", "ela_modified.", "data/left", "data/right", "motorcycle_right.", "trees_illum"]
LARGEST, SMALLEST = 1024, 360
Image.MAX_IMAGE_PIXELS = None


def fetch(folder):
    os.makedirs(folder, exist_ok=True)
    for package in FOLDERS:
        if not os.path.isdir(f"{folder}/{package}"):
            subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True)
            [archive] = [name for name in os.listdir(folder) if name.startswith(package + "_")]
            subprocess.run(["dpkg-deb", "-x", archive, package], cwd=folder, check=True)
            os.remove(f"{folder}/{archive}")
    print(len(names(folder)), "pictures")


def names(folder):
    found = []
    walked = (os.walk(f"{folder}/{package}") for package in FOLDERS)
    for place, _, files in itertools.chain(*walked):
        for name in files:
            path = os.path.join(place, name)
            if not name.lower().endswith((".png", ".jpg", ".jpeg", ".webp")) or os.path.islink(path):
                continue
            wanted = FOLDERS[os.path.relpath(path, folder).split(os.sep)[0]]
            if not any(part in path for part in wanted) or any(part in path for part in LEFT_OUT):
                continue
            try:
                with Image.open(path) as image:
                    if min(image.size) >= SMALLEST and max(image.size) <= 4 * min(image.size):
                        found.append((path, image.size[0] * image.size[1]))
            except OSError:
                pass
    # Of a folder with one wallpaper in many sizes the largest is taken.
    largest = {}
    for path, size in sorted(found):
        key = os.path.dirname(path) if "contents/images" in path else path
        if key not in largest or largest[key][1] < size:
            largest[key] = (path, size)
    return sorted(path for path, _ in largest.values())


def opened(path):
    image = Image.open(path)
    if image.mode in ("RGBA", "LA", "P"):
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(image, mask=image.split()[3])
        image = white
    image = image.convert("RGB")
    if max(image.size) > LARGEST:
        image.thumbnail((LARGEST, LARGEST), Image.LANCZOS)
    return image


def saved(image, kind, quality):
    file = io.BytesIO()
    image.save(file, kind, quality=quality)
    return Image.open(io.BytesIO(file.getvalue())).convert("RGB")


def scaled(image, factor):
    return image.resize((max(8, int(image.width * factor)), max(8, int(image.height * factor))), Image.LANCZOS)


def cropped(image, left, top, right, bottom):
    width, height = image.size
    return image.crop((int(width * left), int(height * top), int(width * (1 - right)), int(height * (1 - bottom))))


def centred(image, share):
    return cropped(image, *[share / 2] * 4)


def shot(image, chance):
    crop = cropped(image, *[0.03 * chance.random() for _ in range(4)])
    return saved(scaled(crop, 0.6), "JPEG", 80)


def font(size):
    return ImageFont.load_default(max(12, int(size)))


def text(image, chance):
    image = image.copy()
    at = (image.width * 0.08, image.height * (0.1 + 0.7 * chance.random()))
    edge = max(1, image.width // 300)
    draw = ImageDraw.Draw(image)
    draw.text(at, "SAMPLE TEXT", (255, 255, 255), font(image.width / 10), stroke_width=edge, stroke_fill=(0, 0, 0))
    return image


def with_bar(image, share, below, colour):
    height = int(image.height * share)
    out = Image.new("RGB", (image.width, image.height + height), colour)
    out.paste(image, (0, 0 if below else height))
    return out, (image.height if below else 0), height


def caption(image, chance):
    out, top, height = with_bar(image, 0.08 + 0.08 * chance.random(), chance.random() < 0.3, (255, 255, 255))
    words = "when the render is done"
    ImageDraw.Draw(out).text((image.width * 0.05, top + height * 0.2), words, (0, 0, 0), font(height / 2))
    return out


def window(image, chance):
    out, top, height = with_bar(image, 0.06 + 0.08 * chance.random(), False, (235, 236, 238))
    draw = ImageDraw.Draw(out)
    for i, colour in enumerate([(240, 90, 80), (245, 190, 60), (90, 200, 90)]):
        left = height // 4 + i * height // 2
        draw.ellipse((left, height // 3, left + height // 4, height // 3 + height // 4), colour)
    draw.rectangle((image.width // 4, height // 4, image.width * 3 // 4, height * 3 // 4), (255, 255, 255))
    return out


def logo(image, chance):
    image = image.copy()
    side = int(min(image.size) * 0.2)
    edge = [int(length * 0.03) for length in image.size]
    x = chance.choice([edge[0], image.width - side - edge[0]])
    y = chance.choice([edge[1], image.height - side - edge[1]])
    draw = ImageDraw.Draw(image)
    draw.rectangle((x, y, x + side, y + side), (200, 30, 40))
    draw.ellipse((x + side // 5, y + side // 5, x + side * 4 // 5, y + side * 4 // 5), (255, 255, 255))
    return image


def border(image, chance):
    return ImageOps.expand(image, int(min(image.size) * 0.05), chance.choice([(255, 255, 255), (0, 0, 0)]))


CHANGES = {
    "none": lambda image, _: image,
    "JPEG q90": lambda image, _: saved(image, "JPEG", 90),
    "JPEG q50": lambda image, _: saved(image, "JPEG", 50),
    "JPEG q20": lambda image, _: saved(image, "JPEG", 20),
    "half size": lambda image, _: scaled(image, 0.5),
    "quarter size": lambda image, _: scaled(image, 0.25),
    "WebP q75": lambda image, _: saved(image, "WEBP", 75),
    "blur": lambda image, _: image.filter(ImageFilter.GaussianBlur(image.width / 250)),
    "brighter by 15%": lambda image, _: ImageEnhance.Brightness(image).enhance(1.15),
    "darker by 15%": lambda image, _: ImageEnhance.Brightness(image).enhance(0.85),
    "contrast +15%": lambda image, _: ImageEnhance.Contrast(image).enhance(1.15),
    "contrast -15%": lambda image, _: ImageEnhance.Contrast(image).enhance(0.85),
    "grey": lambda image, _: image.convert("L").convert("RGB"),
    "border of 5%": border,
    "screenshot, 3% crop": shot,
    "mirrored": lambda image, _: ImageOps.mirror(image),
    "turned by 90": lambda image, _: image.transpose(Image.ROTATE_90),
    "turned by 180": lambda image, _: image.transpose(Image.ROTATE_180),
    "turned by 270": lambda image, _: image.transpose(Image.ROTATE_270),
    "text": text,
    "caption of 8 to 16%": caption,
    "window bar of 6 to 14%": window,
    "logo of 20%": logo,
    "centred crop 5%": lambda image, _: centred(image, 0.05),
    "centred crop 10%": lambda image, _: centred(image, 0.10),
    "centred crop 20%": lambda image, _: centred(image, 0.20),
    "off-grid crop 0 to 10%": lambda image, chance: cropped(image, *[0.1 * chance.random() for _ in range(4)]),
    "turned by 2": lambda image, _: image.rotate(2, Image.BICUBIC),
}


def stream(folder):
    for path in names(folder):
        image = opened(path)
        for change, make in CHANGES.items():
            made = make(image, random.Random(f"{os.path.relpath(path, folder)} {change}"))
            head = {"picture": os.path.relpath(path, folder), "change": change, "width": made.width, "height": made.height}
            sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + made.tobytes())


if __name__ == "__main__":
    {"fetch": fetch, "stream": stream}[sys.argv[1]](sys.argv[2])
