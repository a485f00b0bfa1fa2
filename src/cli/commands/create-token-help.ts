/** Help of `influxdb3 create token`. */
export const CREATE_TOKEN_HELP = `Create a token

Usage: influxdb3 create token --admin [OPTIONS]
       influxdb3 create token --permission <PERMISSION>... --name <NAME> [OPTIONS]

Admin tokens:
  --admin                      the operator token; with --name, a named admin token
  --regenerate                 replace the operator token's string (asks first)

Resource tokens:
  --permission <PERMISSION>    RESOURCE_TYPE:RESOURCE_NAMES:ACTIONS, may be repeated, for example
                               "db:db1,db2:read,write", "db:*:read", "system:health:read"
                               "db:metrics/cpu_*:read", "db:metrics/cpu[region=eu]:read", "*:*:read"
  --description <TEXT>         what the token is for
  --limit <NAME=NUMBER>        may be repeated: requests_per_sec, write_bytes_per_sec, concurrent_queries,
                               query_seconds, query_result_rows, burst
  --allowed-cidr <CIDR>        may be repeated: the addresses from which the token works
  --derive                     the token may make child tokens
  --create-databases <NAMES>   with --offline: databases that the server creates at its start

Options:
  --name <NAME>                a unique name
  --expiry <DURATION>          lifetime, for example 7d or 1y; without it the token does not expire
  --format <text|json>         output format [default: text]
  --offline                    make the token without a server
  --output-file <FILE>         with --offline: where the token file goes
  -H, --host <URL>             the server [env: INFLUXDB3_HOST_URL] [default: http://127.0.0.1:8181]
  --token <TOKEN>              an admin token [env: INFLUXDB3_AUTH_TOKEN]
  --tls-ca <PATH>              a PEM file with an authority to trust [env: INFLUXDB3_TLS_CA]
  --tls-no-verify              do not verify the TLS certificate [env: INFLUXDB3_TLS_NO_VERIFY]
  -h, --help                   this text
`;
