/** A weight of 32 bits: the finalizer of MurmurHash3 over three integers and a random seed. */
export function weight(seed: number, a: number, b: number, c: number): number {
  let hash = seed;
  for (const part of [a, b, c]) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** The two halves of an integer, as numbers of 32 bits. */
export const lowBits = (value: number) => value >>> 0;
export const highBits = (value: number) => Math.floor(value / 2 ** 32) >>> 0;

/** So many products can be added up before a part of them may exceed 2^53. */
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
