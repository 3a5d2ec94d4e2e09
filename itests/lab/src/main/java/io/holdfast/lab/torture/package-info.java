/** Real faults on real nodes, drawn from a seed; a history written from outside the nodes; and a judge that reads it afterwards. */
@org.jspecify.annotations.NullMarked
package io.holdfast.lab.torture;
