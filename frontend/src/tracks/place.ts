/** Where something is. */

/** As the device said it; degrees are integers of a millionth. */
export interface Position {
  readonly lat_e6: number;
  readonly lon_e6: number;
  readonly accuracy_m: number;
}
