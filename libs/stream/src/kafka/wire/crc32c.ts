/** The polynomial of Castagnoli (1993), its bits reversed: that of iSCSI (RFC 3720) and of Kafka's record batches. */
const POLYNOMIAL = 0x82f63b78;
/** Bytes taken in at a time: a table each, so that their look-ups don't wait for one another. */
const SLICES = 8;

/** "Slicing by 8" (Kounavis and Berry, 2008): table k tells what a byte does that is followed by k others. */
const tables = tablesOf(SLICES);

function tablesOf(slices: number): Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  const all = [first];
  for (let slice = 1; slice < slices; slice++)
    all.push(all[slice - 1]!.map((crc) => first[crc & 0xff]! ^ (crc >>> 8)));
  return all;
}

/** The checksum of bytes `from` up to `to`, as an unsigned number of 32 bits. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  let crc = -1;
  let at = from;
  for (; at + SLICES <= to; at += SLICES)
    crc =
      t7[(crc ^ bytes[at]!) & 0xff]! ^
      t6[((crc >>> 8) ^ bytes[at + 1]!) & 0xff]! ^
      t5[((crc >>> 16) ^ bytes[at + 2]!) & 0xff]! ^
      t4[(crc >>> 24) ^ bytes[at + 3]!]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  for (; at < to; at++) crc = t0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
