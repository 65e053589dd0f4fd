/** A game as `GET /api/GameStatus/{user}` shows it, in the two shapes that clients of the originals know. */

/** What Table Storage put on every row. */
export interface TableKeys {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** ISO 8601 with an offset. */
  readonly timestamp: string;
  readonly eTag: string;
}

/** The same things twice: as text with commas between, and as a list. */
export interface Carries {
  readonly inventoryItems: string;
  readonly inventoryList: readonly string[];
}

/** `currentRoom`: null until the user was placed in it. */
export interface UserRow extends Carries, TableKeys {
  readonly name: string;
  readonly currentRoom: string | null;
  readonly isAlive: boolean;
}

export interface MonsterRow extends Carries, TableKeys {
  readonly name: string;
  readonly associatedUser: string;
  readonly isAlive: boolean;
  readonly currentRoom: string | null;
}

export interface RoomRow extends Carries, TableKeys {
  readonly name: string;
  readonly description: string;
  readonly user: string;
  readonly monster: string | null;
}

/** `monster` and `room`: null where it never was, the empty text where it is no more. */
export interface InventoryRow extends TableKeys {
  readonly name: string;
  readonly associatedUser: string;
  readonly monster: string | null;
  readonly room: string | null;
  readonly isTreasure: boolean;
  /** As the original computes it: neither a monster nor a room has it. So also true before it was placed anywhere. */
  readonly userHasIt: boolean;
}

/** The default. `monster` and `room` are null, and `inventory` is empty, until they were created. */
export interface TableUniverse {
  readonly user: UserRow;
  readonly monster: MonsterRow | null;
  readonly inventory: readonly InventoryRow[];
  readonly room: RoomRow | null;
}

type Entity<Row> = Omit<Row, keyof TableKeys | 'inventoryList'>;

/** The other shape: without keys and lists, of the things the names only. */
export interface EntityUniverse {
  readonly user: Entity<UserRow>;
  /** Players of games that go on. */
  readonly activeUsers: number;
  readonly monster: Entity<Omit<MonsterRow, 'associatedUser'>> | null;
  readonly inventory: readonly string[];
  readonly room: Entity<Omit<RoomRow, 'user'>> | null;
}
