package secret

import (
	"path"
	"slices"
	"strings"
	"sync"
)

// option is an option of a program whose value is a secret, or holds one.
type option struct {
	name     string // with its dashes
	attached bool   // the value stands in the same word alone, as in mysql -pX
	next     bool   // it is the next word alone, as in redis-cli -a X
	after    string // what stands before the secret in the value, as the colon of user:password
	with     string // only with this word before it, as in docker login -p X
}

// programs are those that take secrets as options, by their own pages. Several
// that share their options have one row.
var programs = []struct {
	names   string
	options []option
}{
	{"mysql mysqldump mysqladmin mysqlshow mysqlimport mysqlcheck mysqlslap mysqlbinlog mysqlpump mariadb mariadb-dump mariadb-admin mariadb-import mariadb-check mariadb-show mariadb-backup mariabackup xtrabackup mycli", []option{{name: "-p", attached: true}}},
	{"mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop cqlsh rabbitmqadmin", []option{{name: "-p"}}},
	{"influx", []option{{name: "-password"}}},
	{"redis-cli keydb-cli valkey-cli", []option{{name: "-a", next: true}, {name: "--pass"}}},
	{"redis-server valkey-server keydb-server redis-sentinel", []option{{name: "--requirepass"}, {name: "--masterauth"}}},
	{"sshpass", []option{{name: "-p"}}},
	{"curl", []option{{name: "-u", after: ":"}, {name: "--user", after: ":"}, {name: "-U", after: ":"}, {name: "--proxy-user", after: ":"}, {name: "-E", after: ":"}, {name: "--cert", after: ":"}, {name: "--pass"}, {name: "--oauth2-bearer"}}},
	{"http https xh httpie", []option{{name: "-a", after: ":"}, {name: "--auth", after: ":"}}},
	{"wget wget2 aria2c", []option{{name: "--http-password"}, {name: "--ftp-password"}, {name: "--proxy-password"}, {name: "--http-passwd"}, {name: "--ftp-passwd"}}},
	{"ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldapcompare ldapmodrdn ldapexop ldappasswd", []option{{name: "-w"}}},
	{"docker podman nerdctl buildah skopeo crane oras helm regctl", []option{{name: "-p", with: "login"}, {name: "--creds", after: ":"}, {name: "--src-creds", after: ":"}, {name: "--dest-creds", after: ":"}}},
	{"az", []option{{name: "-p", next: true, with: "login"}}},
	{"sqlcmd bcp mosquitto_pub mosquitto_sub mosquitto_rr", []option{{name: "-P"}, {name: "--pw"}}},
	{"zip unzip", []option{{name: "-P", next: true}}},
	{"7z 7za 7zz", []option{{name: "-p", attached: true}}},
	{"smbclient rpcclient", []option{{name: "-U", after: "%"}}},
	{"lftp", []option{{name: "-u", after: ","}}},
	{"etcdctl", []option{{name: "--user", after: ":"}}},
	{"openssl", []option{{name: "-passin", after: "pass:"}, {name: "-passout", after: "pass:"}, {name: "-pass", after: "pass:"}}},
	{"keytool jarsigner", []option{{name: "-storepass"}, {name: "-keypass"}, {name: "-srcstorepass"}, {name: "-deststorepass"}, {name: "-destkeypass"}, {name: "-srckeypass"}}},
	{"gpg gpg2 duplicity", []option{{name: "--passphrase"}}},
	{"psql pg_dump pg_restore kubectl oc argocd flux istioctl gh glab aws gcloud vault bao consul nomad clickhouse-client nats npm twine kcadm.sh kc.sh tailscale cloudflared", nil},
}

// sharedOptions are those of many programs by the same name; what is a token
// there has to look like one.
var sharedOptions = []string{"--password", "--token", "--client-secret", "--api-key", "--secret-key", "--access-token", "--auth-token", "--admin-password", "--db-password"}

// programMarks are the names of all programs, and of those that take a secret by
// its place.
var programMarks = lazily(func() []string {
	marks := []string{"htpasswd", "chpasswd", "rabbitmqctl"}
	for _, p := range programs {
		marks = append(marks, strings.Fields(p.names)...)
	}
	return marks
})

// lazily returns what is made when it is first asked for, and never changes.
func lazily[T any](made func() T) func() T { return sync.OnceValue(made) }

// oneLetter are the options of curl's that may stand in one word before another.
const oneLetter = "sSfLkiIvgnNqjJOR0146#GBlpaM"

// optionsOf are the options of the programs, by their names.
var optionsOf = lazily(func() map[string][]option {
	of := map[string][]option{}
	for _, p := range programs {
		for _, name := range strings.Fields(p.names) {
			of[name] = p.options
		}
	}
	return of
})

// commanded returns the first secret that a command of a text gives a program.
func commanded(text string) (Finding, bool) {
	if !strings.ContainsAny(text, " \n") || !containsAny(text, programMarks()) {
		return Finding{}, false // no command, or of no such program
	}
	all := commands(text)
	for i, words := range all {
		if value, at, ok := inCommand(words); ok {
			return said(value, at), true
		}
		if i > 0 && len(words) > 0 && path.Base(words[0].text) == "chpasswd" { // echo user:password | chpasswd
			before := all[i-1]
			if last := before[len(before)-1]; !last.dynamic {
				if _, value, ok := strings.Cut(last.text, ":"); ok && isWritten(value) {
					return said(value, last), true
				}
			}
		}
	}
	return Finding{}, false
}

func said(value string, at word) Finding {
	return Finding{Kind: Password, What: "a password in a command", Line: at.line, Literals: []string{value}}
}

// inCommand returns the secret of one command, and the word that it stands in.
// Programs may stand behind others that run them (kubectl exec, sudo, env).
func inCommand(words []word) (value string, at word, ok bool) {
	for i := range words {
		options, known := optionsOf()[path.Base(words[i].text)]
		if !known {
			if value, at, ok = byPlace(words[i:]); ok {
				return value, at, true
			}
			continue
		}
		for _, o := range options {
			if value, at, ok = given(words[i+1:], o, path.Base(words[i].text) == "curl"); ok {
				return value, at, true
			}
		}
		for _, name := range sharedOptions {
			value, at, ok = given(words[i+1:], option{name: name}, false)
			if ok && isTokenName(strings.TrimLeft(name, "-")) {
				ok = looksRandom(value)
			}
			if ok {
				return value, at, true
			}
		}
	}
	return "", word{}, false
}

// given returns the secret that an option gives among the words of a command.
func given(words []word, o option, curls bool) (string, word, bool) {
	for i, w := range words {
		rest, ok := strings.CutPrefix(w.text, o.name)
		if letters, cut := strings.CutPrefix(w.text, "-"); !ok && curls && cut && len(o.name) == 2 {
			letters = strings.TrimLeft(letters, oneLetter)
			rest, ok = strings.CutPrefix(letters, o.name[1:])
		}
		if !ok || o.with != "" && !slices.ContainsFunc(words[:i], func(w word) bool { return w.text == o.with }) {
			continue
		}
		at := w
		switch {
		case rest == "" && o.attached, rest != "" && o.next:
			continue
		case rest == "" && i+1 < len(words):
			if at = words[i+1]; strings.HasPrefix(at.text, "-") {
				continue
			}
			rest = at.text
		case strings.HasPrefix(o.name, "--") || len(o.name) > 2:
			if rest, ok = strings.CutPrefix(rest, "="); !ok {
				continue
			}
		}
		if o.after != "" {
			if _, rest, ok = strings.Cut(rest, o.after); !ok {
				continue
			}
		}
		if !at.dynamic && isWritten(rest) {
			return rest, at, true
		}
	}
	return "", word{}, false
}

// byPlace returns the secret of a program that takes it as an argument without
// an option: htpasswd -b file user X, rabbitmqctl add_user user X.
func byPlace(words []word) (string, word, bool) {
	of := -1
	switch path.Base(words[0].text) {
	case "htpasswd":
		if i := slices.IndexFunc(words, func(w word) bool {
			return strings.HasPrefix(w.text, "-") && !strings.HasPrefix(w.text, "--") && strings.Contains(w.text, "b")
		}); i > 0 {
			of = len(words) - 1
			for of > i && (strings.HasPrefix(words[of].text, ">") || strings.HasPrefix(words[of-1].text, ">")) {
				of--
			}
			if of < i+2 {
				of = -1
			}
		}
	case "rabbitmqctl":
		i := slices.IndexFunc(words, func(w word) bool {
			return slices.Contains([]string{"add_user", "change_password", "authenticate_user"}, w.text)
		})
		if i > 0 && i+2 < len(words) {
			of = i + 2
		}
	}
	if of < 0 || words[of].dynamic || !isWritten(words[of].text) {
		return "", word{}, false
	}
	return words[of].text, words[of], true
}

// isWritten says whether a value is a secret that is written out.
func isWritten(value string) bool {
	return len(value) >= 3 && !isPlaceholder(value) && !isReference(value) && !strings.ContainsAny(value, "$`{}<>")
}
