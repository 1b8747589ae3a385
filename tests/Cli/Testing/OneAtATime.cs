// The verbs run in this process, and the number of torch's threads is the process's: a verb with another --threads beside a test that compares
// two searches changes the order of its BLAS's sums between the two, and so their last bits.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
