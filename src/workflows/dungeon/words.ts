/**
 * What names and descriptions are made of. No word may have a comma, because clients know lists of things as texts with commas
 * between; each goes after `a`. A changed list makes other worlds of the same seeds.
 */

export const ADJECTIVES = [
  'Grumpy',
  'Drooling',
  'Snarling',
  'Sleepy',
  'Bristling',
  'Hulking',
  'Wheezing',
  'Crooked',
  'Ravenous',
  'Whispering',
] as const;

/** Of the rainbow. */
export const COLOURS = ['Red', 'Orange', 'Yellow', 'Green', 'Blue', 'Indigo', 'Violet'] as const;

export const BEASTS = [
  'Hydra',
  'Chimera',
  'Kraken',
  'Wyvern',
  'Sphinx',
  'Kelpie',
  'Banshee',
  'Golem',
  'Ogre',
  'Phoenix',
  'Minotaur',
] as const;

export const QUALITIES = [
  'Magic',
  'Worn',
  'Rusty',
  'Gilded',
  'Humming',
  'Notched',
  'Polished',
  'Forgotten',
  'Blessed',
] as const;

export const WEAPONS = [
  'Mace',
  'Halberd',
  'Dagger',
  'Rapier',
  'Warhammer',
  'Trident',
  'Flail',
  'Sabre',
  'Crossbow',
  'Quarterstaff',
  'Battleaxe',
] as const;

/** Nostalgic ones. */
export const TREASURES = [
  'Home Computer',
  'Acoustic Coupler',
  'Text Adventure',
  'Floppy Disk Box',
  'Pocket Calculator',
  'Cassette Recorder',
  'Daisywheel Printer',
  'Joystick',
] as const;

export const POTIONS = [
  'Bitter Potion',
  'Fizzy Potion',
  'Murky Potion',
  'Sweet Potion',
  'Steaming Potion',
] as const;

export const ROOM_TYPES = [
  'dusty',
  'narrow',
  'vaulted',
  'flooded',
  'silent',
  'draughty',
  'crooked',
  'gloomy',
  'freezing',
  'stuffy',
  'round',
  'low',
  'mossy',
  'bright',
  'lofty',
  'sunken',
] as const;

export const WALLS = [
  'walls of rough granite',
  'walls covered in soot',
  'walls of mossy brick',
  'walls hung with faded tapestries',
  'walls carved with strange runes',
  'walls that glitter with crystals',
  'walls of bare clay',
  'walls panelled with dark oak',
  'walls overgrown with roots',
  'walls painted with hunting scenes',
  'walls that drip with water',
] as const;

export const FURNISHINGS = [
  'A toppled bookcase blocks one of the corners.',
  'A cold fireplace gapes at the far end.',
  'Three broken chairs lie in a heap.',
  'A chandelier without candles hangs from the ceiling.',
  'A cracked mirror leans in a corner.',
  'The floor is littered with old bones.',
  'A stone altar stands in the middle.',
  'Cobwebs hang from every beam.',
  'A puddle of green slime glows on the floor.',
  'An empty suit of armour keeps watch.',
  'A heavy chest stands open and bare.',
  'Nothing else catches the eye.',
] as const;
