package worker

// Registration is what a task manager says of itself when it joins.
type Registration struct {
	ID      string `json:"id"`
	Data    string `json:"data"`   // address of its channels
	Slots   int    `json:"slots"`  // most subtasks of one vertex at a time
	Memory  int64  `json:"memory"` // bytes of pages, dealt to the slots
	Release string `json:"release,omitempty"`
	Token   string `json:"token,omitempty"`
}

// Member is a task manager in another process, as its job manager sees it.
type Member interface {
	TaskManager
	Registration() Registration
}

// Members hears of task managers that come and go.
type Members interface {
	// Joined takes a member in; what it says of its tasks goes to the JobManager.
	Joined(m Member) (JobManager, error)
	// Left is called once for a member that has joined, when it is gone.
	Left(m Member, cause error)
}
