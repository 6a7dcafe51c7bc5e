/** Obviously made up: each name is ordinary, each address ends in example.org. */
export const givenNames = [
  'Ada Alma Amir Anna Anton Arto Aya Ben Bruno Carla Cem Chiara Clara Dana David Dilan Edda Elias Ella Emil',
  'Emma Enzo Eva Felix Finn Flora Greta Hana Hugo Ida Ines Iris Ivan Jan Jana Jonas Jule Kaan Karl Kira',
  'Lara Lea Leo Lina Lotte Luca Luis Maja Marco Maria Marta Max Mila Milan Mina Nico Nina Noah Nora Olga',
  'Oscar Paul Paula Pia Rafael Rosa Ruth Sami Sara Selma Simon Sofia Stella Tara Theo Tilda Tim Tom Vera Yara',
].flatMap((line) => line.split(' '));

export const familyNames = [
  'Ahorn Apfel Bach Baum Berg Birke Blume Brunn Busch Dachs Distel Dorn Eiche Esche Falke Farn Feld Fichte',
  'Fink Fluss Forst Fuchs Ginster Gras Hafen Hain Halde Hasel Heide Hirsch Hügel Igel Kiefer Klee Kranich',
  'Lerche Linde Luchs Moor Moos Nebel Otter Pappel Quelle Rabe Regen Reh Sand See Specht Stern Storch Tal',
  'Tanne Teich Ufer Ulme Wald Weide Wiese Wolke Zeder Ziegel',
].flatMap((line) => line.split(' '));

export const streets = ['Fern Lane', 'Pond Street', 'Oak Alley', 'Meadow Road', 'Mill Path', 'Garden Walk'];
export const towns = ['Sampleton', 'Testbury', 'Mockville', 'Exampleford', 'Demoham'];
export const countries = { DE: 58, AT: 18, CH: 12, NL: 7, DK: 5 } as const;
export const languages = { DE: 'de', AT: 'de', CH: 'de', NL: 'nl', DK: 'da' } as const;

export const praise = [
  'Just what I wanted.',
  'Very good, and well packed.',
  'Would buy it again.',
  'Lovely.',
];
export const soSo = ['It does what it should.', 'Fine for the price.', 'Smaller than I thought.'];
export const blame = ['It broke after a week.', 'Not as in the picture.', 'It came too late.'];
export const questions = {
  'product-advice': 'Which of the two lasts longer?',
  invoice: 'Could I have the invoice once more?',
  'opening-hours': 'Are you open on Saturday?',
  return: 'How do I send something back?',
} as const;
