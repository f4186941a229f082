import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { put } from './temporary.js';

const fixtures = fileURLToPath(new URL('../jpeg2000/fixtures/', import.meta.url));

/** The size of the images of a simulated product, and the formula of those of 16 bits (jpeg2000/fixtures/make.py). */
export const safeSize = [111, 150] as const;
export const safeValue = (x: number, y: number): number =>
  1000 + 12 * x + 7 * y + Math.floor((x * y) / 32) + ((x * 31 + y * 17) % 4);

/** Metadata of a product as the specification has them, the parts that nobody reads left out. */
export function productXml(level: '1C' | '2A', offset: number | undefined, quantification = 10000): string {
  const [list, one, divisor] =
    level === '1C'
      ? ['Radiometric_Offset_List', 'RADIO_ADD_OFFSET', 'QUANTIFICATION_VALUE']
      : ['BOA_ADD_OFFSET_VALUES_LIST', 'BOA_ADD_OFFSET', 'BOA_QUANTIFICATION_VALUE'];
  const offsets = Array.from({ length: 13 }, (_, id) => `<${one} band_id="${id}">${offset}</${one}>`).join('');
  return `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-${level}_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-${level}.xsd">
  <n1:General_Info>
    <Product_Info><PROCESSING_LEVEL>Level-${level}</PROCESSING_LEVEL>
      <PROCESSING_BASELINE>${offset === undefined ? '02.06' : '05.09'}</PROCESSING_BASELINE></Product_Info>
    <Product_Image_Characteristics>
      <Special_Values><SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX></Special_Values>
      <${divisor} unit="none">${quantification}</${divisor}>
      ${offset === undefined ? '' : `<${list}>${offsets}</${list}>`}
    </Product_Image_Characteristics>
  </n1:General_Info>
</n1:Level-${level}_User_Product>`;
}

/** Metadata of a granule whose finest images have the size of the fixtures. */
export const granuleXml = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-1C_Tile_ID xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/S2_PDI_Level-1C_Tile_Metadata.xsd"><n1:Geometric_Info>
  <Tile_Geocoding metadataLevel="Brief">
    <HORIZONTAL_CS_NAME>WGS84 / UTM zone 32N</HORIZONTAL_CS_NAME><HORIZONTAL_CS_CODE>EPSG:32632</HORIZONTAL_CS_CODE>
    <Size resolution="10"><NROWS>111</NROWS><NCOLS>150</NCOLS></Size>
    <Size resolution="20"><NROWS>56</NROWS><NCOLS>75</NCOLS></Size>
    <Geoposition resolution="10"><ULX>600000</ULX><ULY>5100000</ULY><XDIM>10</XDIM><YDIM>-10</YDIM></Geoposition>
    <Geoposition resolution="20"><ULX>600000</ULX><ULY>5100000</ULY><XDIM>20</XDIM><YDIM>-20</YDIM></Geoposition>
  </Tile_Geocoding>
</n1:Geometric_Info></n1:Level-1C_Tile_ID>`;

/** A SIMULATED Level-1C product of one granule, all of whose bands are the same image. */
export async function writeSafe(
  root: string,
  options: {
    readonly bands: readonly string[];
    readonly offset?: number;
    readonly granules?: readonly string[];
    readonly image?: Uint8Array;
  },
): Promise<void> {
  const image = options.image ?? readFileSync(path.join(fixtures, 'uint16.j2k'));
  await put(path.join(root, 'MTD_MSIL1C.xml'), productXml('1C', options.offset));
  for (const granule of options.granules ?? ['L1C_T32TQM_A041525_20230604T101559']) {
    const place = path.join(root, 'GRANULE', granule);
    await put(path.join(place, 'MTD_TL.xml'), granuleXml);
    for (const band of options.bands) {
      await put(path.join(place, 'IMG_DATA', `T32TQM_20230604T101559_${band}.jp2`), image);
    }
    // masks are named after bands, too
    await put(path.join(place, 'QI_DATA', `MSK_QUALIT_${options.bands[0]}.jp2`), Uint8Array.of(1));
  }
}
