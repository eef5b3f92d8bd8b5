package option

import "strings"

// secrets are in the keys of options whose values nobody is shown.
var secrets = []string{"password", "secret", "jaas.config", "apikey", "api-key", "access-key", "access.key", "token", "keystore.key", "service-key", "basic-auth", "auth-params"}

// Secret reports that the value of a key must not be shown.
func Secret(key string) bool {
	key = strings.ToLower(key)
	for _, s := range secrets {
		if strings.Contains(key, s) {
			return true
		}
	}
	return false
}

// Masked is v with asterisks for its secrets.
func (v Values) Masked() Values {
	out := v.Clone()
	for k := range out {
		if Secret(k) {
			out[k] = "******"
		}
	}
	return out
}
