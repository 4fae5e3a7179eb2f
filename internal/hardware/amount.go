package hardware

import (
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// Amount is CPU and memory.
type Amount struct {
	CPU    int64 // millicores
	Memory int64 // bytes
}

// Units of memory.
const (
	Ki int64 = 1 << 10
	Mi int64 = 1 << 20
	Gi int64 = 1 << 30
)

// most is the largest number that an Amount holds. Larger ones are cut to it,
// so that the sum of a million of them does not overflow.
const most = int64(1) << 43

// Add returns the sum.
func (a Amount) Add(b Amount) Amount { return Amount{a.CPU + b.CPU, a.Memory + b.Memory} }

// Sub returns the difference; it may be below zero.
func (a Amount) Sub(b Amount) Amount { return Amount{a.CPU - b.CPU, a.Memory - b.Memory} }

// Times returns n times the amount.
func (a Amount) Times(n int) Amount { return Amount{a.CPU * int64(n), a.Memory * int64(n)} }

// Max returns the larger of each.
func (a Amount) Max(b Amount) Amount { return Amount{max(a.CPU, b.CPU), max(a.Memory, b.Memory)} }

// Fits says whether the amount is within b, CPU and memory both.
func (a Amount) Fits(b Amount) bool { return a.CPU <= b.CPU && a.Memory <= b.Memory }

// IsZero says whether both are zero.
func (a Amount) IsZero() bool { return a == Amount{} }

// String returns the amount as people write it: 250m CPU and 512Mi.
func (a Amount) String() string { return CPUText(a.CPU) + " CPU and " + MemoryText(a.Memory) }

// other is what a pool's nodes have besides CPU and memory, nil for nothing. The
// schema has checked the form of the amounts.
func other(pool model.Pool) map[corev1.ResourceName]int64 {
	if len(pool.Allocatable) == 0 {
		return nil
	}
	all := make(map[corev1.ResourceName]int64, len(pool.Allocatable))
	for name, text := range pool.Allocatable {
		if q, err := resource.ParseQuantity(text); err == nil {
			all[corev1.ResourceName(name)] = q.Value()
		}
	}
	return all
}

// ParseAmount reads the amounts of an intent; what is empty is zero. Fractions
// of a millicore or of a byte are rounded up, as Kubernetes does. The schema
// has checked the form already; an error names the text that is no quantity.
func ParseAmount(list intent.ResourceList) (Amount, error) {
	cpu, err := ParseCPU(list.CPU)
	if err != nil {
		return Amount{}, err
	}
	memory, err := ParseMemory(list.Memory)
	return Amount{CPU: cpu, Memory: memory}, err
}

// ParseCPU returns the millicores of a quantity such as 250m or 2; zero for an
// empty one.
func ParseCPU(text string) (int64, error) {
	q, err := parse(text)
	if err != nil || q.CmpInt64(most/1000) > 0 {
		return most, err
	}
	return q.MilliValue(), nil
}

// ParseMemory returns the bytes of a quantity such as 512Mi; zero for an empty
// one. Memory beyond a limit that no machine reaches is cut to it.
func ParseMemory(text string) (int64, error) {
	q, err := parse(text)
	if err != nil || q.CmpInt64(most) > 0 {
		return most, err
	}
	return q.Value(), nil
}

func parse(text string) (resource.Quantity, error) {
	if text == "" {
		return resource.Quantity{}, nil
	}
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return q, fmt.Errorf("%q is no quantity: %w", text, err)
	}
	return q, nil
}

// FromList returns the CPU and the memory of a list of Kubernetes' resources.
func FromList(list corev1.ResourceList) Amount {
	var a Amount
	if q, ok := list[corev1.ResourceCPU]; ok {
		if a.CPU = most; q.CmpInt64(most/1000) <= 0 {
			a.CPU = q.MilliValue()
		}
	}
	if q, ok := list[corev1.ResourceMemory]; ok {
		if a.Memory = most; q.CmpInt64(most) <= 0 {
			a.Memory = q.Value()
		}
	}
	return a
}

// CPUText returns millicores as people write them: 250m, 1500m, 2.
func CPUText(milli int64) string {
	if milli%1000 == 0 {
		return strconv.FormatInt(milli/1000, 10)
	}
	return strconv.FormatInt(milli, 10) + "m"
}

// MemoryText returns bytes as people write them, 512Mi or 1.5Gi, rounded down
// to whole Mi above one of them. Quarters of a Gi are written in Gi.
func MemoryText(bytes int64) string {
	if bytes < 0 {
		return "-" + MemoryText(-bytes)
	}
	switch {
	case bytes >= Gi && bytes%(Gi/4) == 0:
		return strconv.FormatFloat(float64(bytes)/float64(Gi), 'f', -1, 64) + "Gi"
	case bytes >= Mi:
		return strconv.FormatInt(bytes/Mi, 10) + "Mi"
	case bytes >= Ki:
		return strconv.FormatInt(bytes/Ki, 10) + "Ki"
	}
	return strconv.FormatInt(bytes, 10)
}
