/** The second line of every page that is made of the code. */
export const GENERATED = '<!-- Made by "npm run docs": change the code that it is made of. -->';
