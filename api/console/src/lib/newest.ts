/**
 * The newest rows of a list that only grows at its head: pages are read until one reaches what is known, which follows them.
 * `known` begins with the newest that was known.
 */
export async function newest<T extends { id: string }>(
  known: readonly T[],
  page: (cursor: string | undefined) => Promise<{ data: readonly T[]; next_cursor?: string | null }>,
  most: number,
): Promise<T[]> {
  const ids = new Set(known.map(({ id }) => id));
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const { data, next_cursor } = await page(cursor);
    const added = data.filter(({ id }) => !ids.has(id));
    found.push(...added);
    if (added.length < data.length) return [...found, ...known].slice(0, most);
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined && found.length < most);
  return found.slice(0, most);
}
