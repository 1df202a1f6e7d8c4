import { describe, expect, it } from 'vitest';
import { layerFalls } from './layer-falls.js';

const layer = (sqnrDb: number) => ({ tensor: `t${sqnrDb}`, type: 'Conv', cosine: 1, sqnrDb });

describe('layerFalls', () => {
  it('counts a fall from what an 8-bit tensor can have at best', () => {
    const falls = layerFalls([layer(300), layer(42), layer(45), layer(20), layer(-300)]);
    expect(falls.map(({ lostDb }) => lostDb)).toEqual([0, 8, -3, 25, 120]);
    expect(falls.map(({ shownDb }) => shownDb)).toEqual([100, 42, 45, 20, -100]);
    expect(falls.map(({ order }) => order)).toEqual([1, 2, 3, 4, 5]);
  });
});
