import { writeArrayBuffer } from 'geotiff';

/** Upper left corner of the first patch: in the open Gulf of Guinea, UTM zone 31 north. */
const origin = { easting: 499980, northing: 109800, code: 32631 } as const;

/**
 * A function that makes one-band GeoTIFFs of 16 bit whole numbers, georeferenced side by side in the open sea. The
 * headers come from the `geotiff` library; as its writer handles pixels one by one, a header is made once per size and
 * place, and pixels are put into copies of it.
 *
 * @param metres extent of a patch
 */
export function geoTiffWriter(
  metres: number,
): (values: Uint16Array, size: number, place: readonly [row: number, column: number]) => Uint8Array {
  const empty = new Map<string, Uint8Array>();
  return (values, size, [row, column]) => {
    const key = `${size} ${row} ${column}`;
    let header = empty.get(key);
    if (header === undefined) {
      header = emptyGeoTiff(size, metres / size, [origin.easting + column * metres, origin.northing - row * metres]);
      empty.set(key, header);
    }
    const bytes = header.slice();
    const pixels = bytes.subarray(bytes.length - values.byteLength);
    // the library writes the high byte first
    for (let i = 0; i < values.length; i++) {
      pixels[2 * i] = values[i] >> 8;
      pixels[2 * i + 1] = values[i] & 255;
    }
    return bytes;
  };
}

function emptyGeoTiff(size: number, pixelMetres: number, [easting, northing]: readonly [number, number]): Uint8Array {
  const file = writeArrayBuffer(new Uint16Array(size * size), {
    width: size,
    height: size,
    BitsPerSample: [16],
    SampleFormat: [1],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 1,
    ModelPixelScale: [pixelMetres, pixelMetres, 0],
    ModelTiepoint: [0, 0, 0, easting, northing, 0],
    GTModelTypeGeoKey: 1,
    GTRasterTypeGeoKey: 1,
    ProjectedCSTypeGeoKey: origin.code,
    GDAL_NODATA: '0',
  });
  return new Uint8Array(file);
}
