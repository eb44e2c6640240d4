/** A service that a command needs cannot be reached. */
export class ServiceDown extends Error {}
