/** Bands of the spectra below, by wavelength. */
export const spectrumBands = [
  'B01',
  'B02',
  'B03',
  'B04',
  'B05',
  'B06',
  'B07',
  'B08',
  'B8A',
  'B09',
  'B11',
  'B12',
] as const;

/** A material that the ground is made of. */
export type Material = keyof typeof materials;

/**
 * Typical surface reflectance × 10000 of the materials that simulated land is mixed of, in the order of
 * {@link spectrumBands}.
 *
 * Rounded to what is typical in mid-latitude summer, within the ranges that the public spectral libraries show for such
 * materials: USGS Spectral Library Version 7 (Kokaly et al. 2017, USGS Data Series 1035, doi 10.5066/F7RR1WDJ) and the
 * ECOSTRESS spectral library (Meerdink et al. 2019, Remote Sensing of Environment 230, 111196). They are not copies of
 * any one measurement and stand for no particular place.
 */
export const materials = {
  broadleaf: [200, 250, 480, 280, 800, 2400, 3000, 3200, 3400, 3500, 1700, 750],
  conifer: [150, 170, 320, 220, 500, 1300, 1550, 1650, 1750, 1800, 800, 380],
  grass: [300, 380, 780, 480, 1250, 3000, 3600, 3800, 4000, 4100, 2100, 1050],
  crop: [250, 320, 700, 350, 1050, 3400, 4300, 4500, 4650, 4700, 1900, 850],
  stubble: [550, 750, 1200, 1600, 2000, 2300, 2500, 2700, 2850, 2950, 3600, 2700],
  soil: [600, 750, 1050, 1400, 1700, 1900, 2050, 2200, 2350, 2450, 3100, 2700],
  shrub: [250, 300, 500, 460, 850, 1600, 1900, 2050, 2200, 2250, 1900, 1100],
  heath: [260, 310, 470, 560, 850, 1250, 1450, 1600, 1750, 1800, 2000, 1350],
  peat: [280, 320, 460, 520, 720, 1050, 1200, 1300, 1400, 1450, 1300, 800],
  reed: [300, 380, 620, 600, 1000, 1800, 2100, 2300, 2400, 2450, 1500, 850],
  sand: [1300, 1700, 2400, 3000, 3350, 3500, 3600, 3700, 3800, 3850, 4700, 4200],
  rock: [900, 1100, 1400, 1600, 1700, 1750, 1800, 1900, 1950, 2000, 2500, 2300],
  tile: [550, 680, 950, 1650, 2100, 2300, 2450, 2600, 2700, 2750, 3000, 2600],
  concrete: [1900, 2200, 2500, 2700, 2800, 2900, 2950, 3050, 3100, 3150, 3200, 2900],
  asphalt: [750, 880, 1030, 1130, 1220, 1300, 1350, 1400, 1450, 1500, 1700, 1650],
  lake: [330, 320, 390, 260, 240, 190, 180, 160, 150, 140, 90, 60],
  silt: [520, 600, 900, 820, 700, 400, 370, 310, 250, 230, 110, 70],
  sea: [480, 400, 280, 150, 120, 100, 95, 85, 80, 75, 50, 35],
} as const satisfies Record<string, readonly number[]>;
