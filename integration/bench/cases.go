package main

import "time"

// benchCase is some rows that are measured together. The name is for -run;
// budget is what it may take with -heavy, on two cores that do nothing else.
type benchCase struct {
	name   string
	budget time.Duration
	run    func(*bench) error
}

// cases in the order of the table. All budgets together are 25 minutes.
var cases = []benchCase{
	{"document", 10 * time.Second, (*bench).document},
	{"typing", 20 * time.Second, (*bench).typing},
	{"together", 30 * time.Second, (*bench).together},
	{"put-relaxed", 30 * time.Second, (*bench).putRelaxed},
	{"put-durable", 30 * time.Second, (*bench).putDurable},
	{"batch", 10 * time.Second, (*bench).batch},
	{"get", 30 * time.Second, (*bench).get},
	{"reads", 30 * time.Second, (*bench).reads},
	{"onto", 2 * time.Minute, (*bench).onto},
	{"fresh", 3 * time.Minute, (*bench).fresh},
	{"equal", 30 * time.Second, (*bench).equal},
	{"missed", 30 * time.Second, (*bench).missed},
	{"differences", 2 * time.Minute, (*bench).differences},
	{"latency", 10 * time.Second, (*bench).latency},
	{"burst", 10 * time.Second, (*bench).burst},
	{"disk", 20 * time.Second, (*bench).disk},
	{"amplification", 90 * time.Second, (*bench).amplification},
	{"tables", 3 * time.Minute, (*bench).tables},
	{"walk", time.Minute, (*bench).walk},
	{"keep", 150 * time.Second, (*bench).keep},
	{"beside", time.Minute, (*bench).beside},
	{"process", 3 * time.Minute, (*bench).process},
	{"curves", 3 * time.Minute, (*bench).curves},
}
