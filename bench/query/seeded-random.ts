/** Numbers that look random and are the same each time for one name (xorshift, seeded with FNV-1a). */
export function seededRandom(name: string): (below: number) => number {
  let state = 0x811c9dc5;
  for (const character of name) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
  state ||= 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * Math.floor(below));
  };
}
