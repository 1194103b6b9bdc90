/** Names of the search attributes, all of type Keyword. Workflows set them; `src/temporal` registers them. */
export const INSTALLATION_ATTRIBUTE = 'LockkeeperInstallation';
export const PRODUCT_ATTRIBUTE = 'LockkeeperProduct';
export const PHASE_ATTRIBUTE = 'LockkeeperPhase';
/** The id of the first gate or question that waits; unset when none does. */
export const WAITING_FOR_ATTRIBUTE = 'LockkeeperWaitingFor';

export const SEARCH_ATTRIBUTES = [
  INSTALLATION_ATTRIBUTE, PRODUCT_ATTRIBUTE, PHASE_ATTRIBUTE, WAITING_FOR_ATTRIBUTE,
] as const;
