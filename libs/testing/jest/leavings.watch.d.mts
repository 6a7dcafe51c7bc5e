/** Removes the folders, and ends the PostgreSQL that runs in one of them, when the process `owner` is gone. */
export function clearAfter(owner: number, folders: readonly string[]): void;
