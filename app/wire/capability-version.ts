/**
 * The version of the control protocol that this client speaks. Sent in `/key?v=`, in the Noise initiation and its prologue,
 * and as `Version` in every body. To claim a number is to promise what every version up to it asks for: raise it only with
 * that work done. 130 was accepted by Headscale of 2026-07, whose least is 113.
 */
export const CAPABILITY_VERSION = 130;
