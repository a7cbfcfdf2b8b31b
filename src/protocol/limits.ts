/** Bounds of wire integers that a double cannot hold exactly; the codec maps them to and from int64's extremes. */

/** 2^63: reads of int64's maximum give this, and it encodes as int64's maximum. */
export const INT64_MAX = 2 ** 63
/** -2^63, exactly. */
export const INT64_MIN = -(2 ** 63)
