/** Whether the page is a file that carries its run, and has no console to ask; set where the page is built. */
declare const IS_ALONE: boolean
