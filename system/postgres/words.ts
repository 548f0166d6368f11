/** How many words the catalogue's language has. Word i of the list is the i-th most searched. */
const COUNT = 5_000;

const CONSONANTS = "bdfgklmnprstvz";
const VOWELS = "aeiou";
const SYLLABLES = CONSONANTS.length * VOWELS.length;
const POSSIBLE = SYLLABLES ** 3;

/** Has no divisor in common with the number of possible words, so that steps of it meet each word once. */
const STEP = 133_337;

/**
 * Words of three open syllables. All are equally long, so that none is found inside another: a search for one finds
 * exactly the products that are named with it.
 */
export const WORDS: readonly string[] = Array.from({ length: COUNT }, (_, i) => word(((i + 1) * STEP) % POSSIBLE));

function word(number: number): string {
  return [number, Math.floor(number / SYLLABLES), Math.floor(number / SYLLABLES ** 2)]
    .map((part) => syllable(part % SYLLABLES))
    .join("");
}

function syllable(number: number): string {
  return CONSONANTS.charAt(Math.floor(number / VOWELS.length)) + VOWELS.charAt(number % VOWELS.length);
}
