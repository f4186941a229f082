"""The Python side of jpeg2000.mjs: writes a SIMULATED Sentinel-2 band, or reads one whole, and prints seconds and peak memory.

    pip install imagecodecs pillow numpy
    python jpeg2000.py write <file> <height and width>
    python jpeg2000.py <imagecodecs or pillow> <file> <threads>
"""
import json
import pathlib
import resource
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).parent
TILE = 1024


class Ground:
    """Ground that varies slowly, with 7 bits of noise, made tile by tile."""

    dtype = np.dtype('uint16')

    def __init__(self, size):
        self.shape = (size, size)

    def __getitem__(self, where):
        rows, columns = where
        y = np.arange(rows.start, rows.stop)[:, None]
        x = np.arange(columns.start, columns.stop)[None, :]
        noise = np.random.default_rng((rows.start, columns.start)).integers(0, 128, (y.size, x.size))
        return (2000 + 400 * np.sin(y / 310) * np.cos(x / 270) + noise).astype('uint16')


def main(task, file, number):
    if task == 'write':
        sys.path.insert(0, str(HERE.parent / 'packages/sentinel2-data/src/jpeg2000/fixtures'))
        from make import codestream

        stream = codestream(Ground(number), (TILE, TILE), num_resolutions=6, progression='LRCP')
        pathlib.Path(file).write_bytes(stream)
        return
    before = resource.getrusage(resource.RUSAGE_SELF)
    begin = time.perf_counter()
    if task == 'imagecodecs':
        import imagecodecs

        pixels = imagecodecs.jpeg2k_decode(pathlib.Path(file).read_bytes(), numthreads=number)
        version = f'imagecodecs {imagecodecs.__version__}, {imagecodecs.jpeg2k_version()}'
    else:
        import PIL
        from PIL import Image, features

        Image.MAX_IMAGE_PIXELS = None
        pixels = np.asarray(Image.open(file))
        version = f'Pillow {PIL.__version__}, openjpeg {features.version("jpg_2000")}'
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    total = int(pixels.sum(dtype=np.uint64))
    print(json.dumps({'what': version, 'seconds': seconds, 'cpu': cpu, 'peak': after.ru_maxrss, 'sum': total}))


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
