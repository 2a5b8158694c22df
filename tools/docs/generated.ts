/** The second line of every generated page. */
export const GENERATED = '<!-- Made by "npm run docs": change the code that it is made of. -->';
