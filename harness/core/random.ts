/** A stream of chance. Never shared between two concerns: order of use would couple them. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform whole number in [0, below). */
  integer(below: number): number;
  /** Negative exponential with this mean. */
  exponential(mean: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** 32-bit hash of a text (FNV-1a with a final avalanche, so that similar names give unrelated streams). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A stream named by seed and purpose. The generator is sfc32 (Doty-Humphrey, PractRand), 128 bits of state. */
export function randomStream(seed: string, stream: string): Random {
  let a = hashText(`${seed}/${stream}/a`);
  let b = hashText(`${seed}/${stream}/b`);
  let c = hashText(`${seed}/${stream}/c`);
  let counter = 1;
  const next32 = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  // The first outputs of sfc32 still resemble the seed; its author discards a dozen.
  for (let i = 0; i < 12; i += 1) next32();
  const next = (): number => next32() / 0x1_0000_0000;
  return {
    next,
    integer: (below) => Math.floor(next() * below),
    exponential: (mean) => -mean * Math.log(1 - next()),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
  };
}
