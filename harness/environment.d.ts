type Environment = Readonly<Record<string, string | undefined>>;

export function keptOf(environment: Environment): Record<string, string>;
export function hasActed(environment: Environment): boolean;
