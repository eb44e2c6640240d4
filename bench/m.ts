import { hopsOfStory, storyInProcess } from './story.ts'
console.log(hopsOfStory(), storyInProcess(7, 300), storyInProcess(7,300))
