import { describe, expect, it } from 'vitest';
import { gmlPlace } from './gmlPlace.js';

/** As Sentinel-2 images have it (OGC 05-047r3, example of annex B). */
const gml = (name: string, pos: string, vectors: readonly string[]) => `<?xml version="1.0" encoding="UTF-8"?>
<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml">
  <gml:boundedBy><gml:Null>withheld</gml:Null></gml:boundedBy>
  <gml:featureMember><gml:FeatureCollection><gml:featureMember>
    <gml:RectifiedGridCoverage dimension="2" gml:id="RGC0001"><gml:rectifiedGridDomain>
      <gml:RectifiedGrid dimension="2">
        <gml:limits><gml:GridEnvelope><gml:low>1 1</gml:low><gml:high>10980 10980</gml:high></gml:GridEnvelope></gml:limits>
        <gml:axisName>x</gml:axisName><gml:axisName>y</gml:axisName>
        <gml:origin><gml:Point gml:id="P0001" srsName="${name}"><gml:pos>${pos}</gml:pos></gml:Point></gml:origin>
        ${vectors.map((vector) => `<gml:offsetVector srsName="${name}">${vector}</gml:offsetVector>`).join('')}
      </gml:RectifiedGrid>
    </gml:rectifiedGridDomain></gml:RectifiedGridCoverage>
  </gml:featureMember></gml:FeatureCollection></gml:featureMember>
</gml:FeatureCollection>`;

describe('gmlPlace', () => {
  it('goes from the middle of the first pixel to its corner', () => {
    const place = { origin: [600000, 5100000], pixelSize: [10, -10], epsg: 32632 };
    for (const name of ['urn:ogc:def:crs:EPSG::32632', 'urn:ogc:def:crs:EPSG:8.5:32632', 'EPSG:32632'])
      expect(gmlPlace(gml(name, '600005 5099995', ['10 0', '0 -10']))).toEqual(place);
    expect(gmlPlace(gml('http://www.opengis.net/def/crs/EPSG/0/32632', '600005,5099995', ['10,0', '0,-10']))).toEqual(
      place,
    );
  });

  it('knows that latitude comes first where EPSG has it so', () => {
    const place = { origin: [7, 46], pixelSize: [0.5, -0.25], epsg: 4326 };
    expect(gmlPlace(gml('urn:ogc:def:crs:EPSG::4326', '45.875 7.25', ['0 0.5', '-0.25 0']))).toEqual(place);
    expect(gmlPlace(gml('EPSG:4326', '7.25 45.875', ['0.5 0', '0 -0.25']))).toEqual(place);
  });

  it('knows images that are turned against the map', () => {
    // a column goes by (8, 6), a row by (6, -8): pixels of 10 m
    const place = { origin: [600000, 5100000], pixelSize: [8, -8], shear: [6, 6], epsg: 32632 };
    expect(gmlPlace(gml('EPSG:32632', '600007 5099999', ['8 6', '6 -8']))).toEqual(place);
  });

  it('has no place for images without a grid, without numbers, without an area', () => {
    for (const text of [
      gml('EPSG:32632', '600005 5099995', ['10 5', '20 10']),
      gml('EPSG:32632', 'here there', ['10 0', '0 -10']),
      gml('EPSG:32632', '600005 5099995', ['10 0']),
      '<other/>',
    ])
      expect(gmlPlace(text)).toBeUndefined();
    expect(gmlPlace(gml('local', '600005 5099995', ['10 0', '0 -10']))).toMatchObject({ epsg: undefined });
  });
});
