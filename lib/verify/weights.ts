/** One round over 32 bits: the finalizer of MurmurHash3. */
function mix(hash: number, part: number): number {
  const once = Math.imul(hash ^ part, 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}

/** A weight of 32 bits over three integers and a random seed. */
export function weight(seed: number, a: number, b: number, c: number): number {
  return mix(mix(mix(seed, a), b), c) >>> 0;
}

/** The two halves of an integer, as numbers of 32 bits. */
export const lowBits = (value: number) => value >>> 0;
export const highBits = (value: number) => Math.floor(value / 2 ** 32) >>> 0;

const NULL = 0x6e756c6c;
const TEXT = 0x74657874;

/** Takes a value into a hash of 32 bits: an integer that a number holds exactly, a text, or null. */
export function mixValue(hash: number, value: number | string | null): number {
  if (typeof value === "number") {
    // Most are ids, and one round is enough to mix one in. A larger integer takes two rounds and begins with the inverse,
    // so that its hash differs from that of two ids.
    const bits = value | 0;
    return bits === value ? mix(hash, bits) : mix(mix(~hash, bits), highBits(value));
  }
  if (value === null) return mix(~hash, NULL);
  let mixed = mix(mix(~hash, TEXT), value.length);
  for (let at = 0; at < value.length; at += 2) {
    // Beyond the end is NaN, which counts as 0 here.
    mixed = mix(mixed, value.charCodeAt(at) | (value.charCodeAt(at + 1) << 16));
  }
  return mixed;
}

/** How many products can be added up before a part of them may exceed 2^53. */
const PRODUCTS_IN_PARTS = 128;

/**
 * The exact sum of products of an integer and a weight of at most 34 bits. The products are added up in parts that a
 * number holds exactly, because a bigint for each would take most of the time.
 */
export class SumOfProducts {
  #sum = 0n;
  #products = 0;
  #lowLow = 0;
  #lowHigh = 0;
  #highLow = 0;
  #highHigh = 0;

  add(value: number, weight: number): void {
    const high = Math.floor(value / 2 ** 26);
    const low = value - high * 2 ** 26;
    const weightHigh = Math.floor(weight / 2 ** 17);
    const weightLow = weight - weightHigh * 2 ** 17;
    this.#lowLow += low * weightLow;
    this.#lowHigh += low * weightHigh;
    this.#highLow += high * weightLow;
    this.#highHigh += high * weightHigh;
    this.#products += 1;
    if (this.#products === PRODUCTS_IN_PARTS) this.#carry();
  }

  #carry(): void {
    this.#sum +=
      BigInt(this.#lowLow) +
      (BigInt(this.#lowHigh) << 17n) +
      (BigInt(this.#highLow) << 26n) +
      (BigInt(this.#highHigh) << 43n);
    this.#products = 0;
    this.#lowLow = 0;
    this.#lowHigh = 0;
    this.#highLow = 0;
    this.#highHigh = 0;
  }

  value(): bigint {
    this.#carry();
    return this.#sum;
  }
}
