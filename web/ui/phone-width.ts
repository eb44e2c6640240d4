/** Up to so wide a window is a phone's, in px; the styles say the same. */
export const PHONE_WIDTH = 760
