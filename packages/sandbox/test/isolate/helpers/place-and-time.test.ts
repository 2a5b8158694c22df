import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as h from '../../../src/isolate/helpers.ts';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

test('coordinates of NMEA 0183', () => {
  near(h.nmeaCoordinate('4807.038', 'N'), 48 + 7.038 / 60);
  near(h.nmeaCoordinate('01131.000', 'W'), -(11 + 31 / 60));
  near(h.nmeaCoordinate('18000', 'e'), 180);
  assert.ok(Object.is(h.nmeaCoordinate('0000.00', 'S'), 0));
  for (const [text, hemisphere] of [
    ['', 'N'],
    ['4860.0', 'N'],
    ['9001.0', 'N'],
    ['18000.1', 'E'],
    ['4807.038', 'X'],
    ['-4807.038', 'N'],
  ] as const)
    assert.throws(() => h.nmeaCoordinate(text, hemisphere), RangeError, text);
});

test('places of ISO 6709, its own examples among them', () => {
  assert.deepEqual(h.iso6709('+00-025/'), { latitude: 0, longitude: -25 });
  assert.deepEqual(h.iso6709('+48.52+002.20/'), { latitude: 48.52, longitude: 2.2 });
  const minutes = h.iso6709('+4042.6-07400.5+10CRSWGS_84/');
  near(minutes.latitude, 40.71);
  near(minutes.longitude, -74 - 0.5 / 60);
  assert.equal(minutes.altitude, 10);
  const seconds = h.iso6709('+352139+1384339+3776/');
  near(seconds.latitude, 35 + 21 / 60 + 39 / 3_600);
  near(seconds.longitude, 138 + 43 / 60 + 39 / 3_600);
  assert.equal(seconds.altitude, 3776);
  for (const bad of ['', '48+002', '+91+000/', '+00+181/', '+0060+00000/', '+000+0000/', '+00+000+/'])
    assert.throws(() => h.iso6709(bad), RangeError, bad);
});

test('degrees and minutes, south and west of zero too', () => {
  assert.equal(h.degreesMinutes(10, 30), 10.5);
  assert.equal(h.degreesMinutes(-10, 30), -10.5);
  assert.equal(h.degreesMinutes(-0, 30), -0.5);
});

test('times in digits, in the orders of devices', () => {
  const iso = (date: Date) => date.toISOString();
  assert.equal(iso(h.dateText('240131')), '2024-01-31T00:00:00.000Z');
  assert.equal(iso(h.dateText('310124', '235958', 'dmy')), '2024-01-31T23:59:58.000Z');
  assert.equal(iso(h.dateText('01312024', '2359', 'mdy')), '2024-01-31T23:59:00.000Z');
  assert.equal(iso(h.dateText('230394', '123519.25', 'dmy')), '2094-03-23T12:35:19.250Z');
  assert.equal(iso(h.dateText('20240101', '000000', 'ymd', 480)), '2023-12-31T16:00:00.000Z');
  assert.equal(iso(h.dateBcd(h.fromHex('ff240229103000'), 1, -60)), '2024-02-29T11:30:00.000Z');
  for (const [date, time] of [
    ['000000', '000000'],
    ['240230', '000000'],
    ['240101', '240000'],
    ['24010', '000000'],
    ['240101', '12'],
    ['2401012', '000000'],
  ] as const)
    assert.throws(() => h.dateText(date, time), RangeError, `${date} ${time}`);
});

test('GPS time is ahead of UTC by the leap seconds', () => {
  assert.equal(h.dateGps(0, 0, 0).toISOString(), '1980-01-06T00:00:00.000Z');
  // The second roll-over of the ten-bit week number.
  assert.equal(h.dateGps(2048, 0).toISOString(), '2019-04-06T23:59:42.000Z');
});

test('CP56Time2a', () => {
  assert.equal(h.cp56time2a(h.fromHex('00 90e80b0c5f0c18'), 1).toISOString(), '2024-12-31T12:11:59.536Z');
  assert.throws(() => h.cp56time2a(h.fromHex('60ea0b0c5f0c18')), RangeError);
  assert.throws(() => h.cp56time2a(h.fromHex('00000b0c400c18')), RangeError);
});

test('zones', () => {
  const zones = { Z: 0, '+08:00': 480, '-0330': -210, '+8': 480, 'UTC+2': 120, gmt: 0, '-00:00': 0 };
  for (const [zone, minutes] of Object.entries(zones)) assert.equal(h.zoneMinutes(zone), minutes, zone);
  for (const bad of ['', '8', '+15:00', '+02:60', 'CET'])
    assert.throws(() => h.zoneMinutes(bad), RangeError, bad);
});
