import { describe, expect, test } from 'vitest';
import { allFunctions, lookupFunction } from './registry.ts';

/** Every name of the reference, by family, aliases included. */
const NAMES = {
  selectors: 'selector_first selector_last selector_min selector_max',
  aggregates: `count sum avg mean min max median array_agg string_agg bit_and bit_or bit_xor bool_and bool_or
    first_value last_value nth_value grouping corr covar covar_samp covar_pop regr_avgx regr_avgy regr_count
    regr_intercept regr_r2 regr_slope regr_sxx regr_syy regr_sxy stddev stddev_samp stddev_pop var var_samp
    var_sample var_pop var_population approx_distinct approx_median approx_percentile_cont
    approx_percentile_cont_with_weight percentile_cont`,
  windows: `cume_dist dense_rank ntile percent_rank rank row_number first_value last_value nth_value lag lead
    difference non_negative_difference derivative non_negative_derivative`,
  conditionals: 'coalesce nullif ifnull nvl nvl2 greatest least',
  mathematics: `abs acos acosh asin asinh atan atanh atan2 cbrt ceil cos cosh cot degrees exp factorial floor gcd
    isnan iszero lcm ln log log10 log2 nanvl pi power pow radians random round signum sin sinh sqrt tan tanh trunc`,
  text: `ascii bit_length btrim char_length character_length chr concat concat_ws contains ends_with find_in_set
    initcap instr left length levenshtein lower lpad ltrim octet_length overlay position repeat replace reverse right
    rpad rtrim split_part starts_with strpos substr substring substr_index substring_index to_hex translate trim
    upper uuid`,
  patterns: `regexp_like regexp_match regexp_count regexp_replace regexp_instr influx_regex_match
    influx_regex_not_match`,
  bytes: 'encode decode md5 sha224 sha256 sha384 sha512 digest',
  time: `now current_timestamp current_date today current_time date_bin date_bin_wallclock date_bin_gapfill
    date_bin_wallclock_gapfill locf interpolate date_trunc datetrunc date_part datepart to_timestamp
    to_timestamp_nanos to_timestamp_micros to_timestamp_millis to_timestamp_seconds from_unixtime to_unixtime to_char
    date_format to_date make_date to_local_time tz`,
  lists: `make_array make_list array_append array_push_back array_prepend array_push_front array_concat array_cat
    array_length cardinality array_has array_contains array_has_all array_has_any arrays_overlap array_distance
    array_intersect array_slice array_sort array_resize array_reverse flatten array_position array_indexof
    array_to_string array_join string_to_array string_to_list array_pop_back array_pop_front range generate_series
    array_distinct array_union array_except array_element array_extract array_any_value array_dims array_ndims empty
    array_empty array_max array_min array_positions array_remove array_remove_n array_remove_all array_replace
    array_replace_n array_replace_all array_repeat`,
  listAliases: `list_append list_prepend list_concat list_length list_has list_has_all list_has_any list_distance
    list_intersect list_slice list_sort list_resize list_reverse list_position list_to_string list_pop_back
    list_pop_front list_distinct list_union list_except list_element list_extract list_dims list_ndims list_positions
    list_remove list_remove_n list_remove_all list_replace list_replace_n list_replace_all list_repeat`,
  mapsAndStructs: 'map make_map map_extract element_at map_keys map_values struct row named_struct get_field',
  other: 'arrow_cast arrow_typeof version',
};

describe('the table of functions', () => {
  for (const [family, names] of Object.entries(NAMES)) {
    test(`has the ${family}`, () => {
      const missing = names.split(/\s+/).filter((name) => lookupFunction(name) === undefined);
      expect(missing).toEqual([]);
    });
  }

  test('describes each function', () => {
    for (const definition of allFunctions) {
      expect(definition.name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(definition.signature, definition.name).toContain(definition.name);
      expect(definition.doc, definition.name).toMatch(/^[^\s].*[.]$/);
      expect(definition.family, definition.name).not.toBe('');
    }
  });

  test('has nothing that reads files, the network or the server', () => {
    const dangerous =
      /^(file|url|s3|remote|cluster|executable|dictget|joinget|sleep|getsetting|system|hostname|input|mysql|postgresql|jdbc|odbc|catboost|getmacro|currentdatabase|currentuser|filesystem|addressto)/i;
    for (const { name, aliases = [] } of allFunctions)
      for (const word of [name, ...aliases]) expect(word).not.toMatch(dangerous);
  });
});
