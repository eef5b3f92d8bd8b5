package option

import "testing"

func TestSecret(t *testing.T) {
	for key, want := range map[string]bool{
		"password": true, "properties.sasl.jaas.config": true, "properties.ssl.keystore.key": true, "properties.ssl.key.password": true,
		"username": false, "key.format": false, "properties.bootstrap.servers": false, "table-name": false,
	} {
		if Secret(key) != want {
			t.Errorf("%s: %v, want %v", key, !want, want)
		}
	}
	v := Values{"password": "p", "url": "u"}
	if m := v.Masked(); m["password"] != "******" || m["url"] != "u" || v["password"] != "p" {
		t.Errorf("%v of %v", m, v)
	}
}
