package chart

import "sync"

// memo remembers values by key, in two generations: what nobody asks for again
// is dropped. It is safe for concurrent use.
type memo[K comparable, V any] struct {
	generation int // how many values are young before they become old

	mu         sync.Mutex
	young, old map[K]V
}

// get returns the value of a key, and makes it young again.
func (m *memo[K, V]) get(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if value, ok := m.young[key]; ok {
		return value, true
	}
	value, ok := m.old[key]
	if ok {
		m.add(key, value)
	}
	return value, ok
}

// put remembers a value.
func (m *memo[K, V]) put(key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(key, value)
}

func (m *memo[K, V]) add(key K, value V) {
	if m.young == nil || len(m.young) >= m.generation {
		m.young, m.old = make(map[K]V, m.generation), m.young
	}
	m.young[key] = value
}
