// Package accept shows that a real API server and a real istiod take what
// meshgen renders.
//
// TestClusters applies every cluster of rendered/ and of the golden cases, layer
// by layer in the order of delivery: nothing is refused, the definitions are
// established, and a second time changes nothing, also after istiod has written
// what it writes. That is on the newest Kubernetes; what is rendered for an older
// one runs on that as well. TestIstioctl has istioctl validate look at all of it.
// TestObjects/broken tries the broken objects that the compiler's own tests hold,
// one by one, on the API server and through `meshgen vet`: one at least for every
// code about objects. TestObjects/gaps turns that round: objects that are broken by
// a machine in every field, and what the API server or istiod refuses of them must
// be refused by meshgen, for more than it says of the whole object.
package accept
